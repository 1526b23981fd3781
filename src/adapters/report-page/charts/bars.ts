import { html, type Content, type Markup } from '../html.js';
import { fixed } from './columns.js';

export interface Bar {
  label: Content;
  value: number;
  /** Written beside the bar. */
  text: string;
  /** Second column of text, such as a change. */
  note?: Content;
  color?: string;
}

/** Horizontal bars, one a line, with their labels and numbers as text. */
export function barList(bars: readonly Bar[], caption: string): Markup {
  const max = Math.max(0, ...bars.map(({ value }) => value));
  return html`<table class="bars">
    <caption class="sr">
      ${caption}
    </caption>
    <tbody>
      ${bars.map(
        ({ label, value, text, note, color }) =>
          html`<tr>
            <th scope="row">${label}</th>
            <td class="bar">
              <span
                class="${color ?? 'c1'}"
                style="width:${fixed(max === 0 ? 0 : (value / max) * 100)}%"
              ></span>
            </td>
            <td class="num">${text}</td>
            ${note === undefined ? null : html`<td class="num note">${note}</td>`}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export interface Part {
  label: string;
  /** 0..1 */
  share: number;
  /** Share, number, and what it was, as text. */
  text: string;
  count: string;
  before: string;
  color: string;
}

/** One bar of 100 %, in parts, with a legend that names and counts them. */
export function shareBar(parts: readonly Part[], summary: string): Markup {
  return html`<div class="share" role="img" aria-label="${summary}">
      ${parts.map(({ share, color, label, text }) =>
        share <= 0
          ? null
          : html`<span
              class="${color}"
              style="flex-grow:${fixed(share * 100)}"
              title="${label}: ${text}"
            ></span>`,
      )}
    </div>
    <ul class="legend">
      ${parts.map(
        ({ label, text, count, before, color }) =>
          html`<li>
            <i class="${color}"></i><span>${label}</span><b>${text}</b><span class="muted">${count}</span
            ><span class="muted">${before}</span>
          </li>`,
      )}
    </ul>`;
}
