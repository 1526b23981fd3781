import type { MetricRow } from '../../domain/report/document.js';
import { change, definitionOf, figure, labelOf, toneOf } from '../../domain/report/figures.js';
import { html, type Content, type Markup } from './html.js';

/** A titled part of the page; the definition unfolds from the title. Nothing where there is no content. */
export function panel(
  title: string,
  definition: string,
  content: Content,
  { wide = false, id }: { wide?: boolean; id?: string } = {},
): Markup | null {
  if (content === null || content === undefined || content === false) return null;
  return html`<section class="panel${wide ? ' wide' : ''}" ${id === undefined ? null : html` id="${id}"`}>
    <div class="title">
      <h2>${title}</h2>
      ${explain(title, definition)}
    </div>
    ${content}
  </section>`;
}

/** Terms and what is said of each; belongs into a `dl`. */
export function termList(terms: readonly (readonly [string, Content])[]): Markup[] {
  return terms.map(
    ([term, text]) =>
      html`<div>
        <dt>${term}</dt>
        <dd>${text}</dd>
      </div>`,
  );
}

/** A mark that unfolds a definition. Works without a script, by touch and by keyboard. */
export function explain(title: string, definition: string): Markup | null {
  if (definition === '') return null;
  return html`<details class="def">
    <summary title="${definition}">
      <span aria-hidden="true">?</span><span class="sr">Definition of ${title}</span>
    </summary>
    <p>${definition}</p>
  </details>`;
}

/** `+12 %` in the color of its direction; arrows say the same to those who see no colors. */
export function changeMark(row: MetricRow, against: string): Markup | null {
  if (row.note === 'new') return html`<span class="delta">new</span>`;
  const text = change(row);
  if (text === null || row.delta === null) return null;
  const tone = toneOf(row.metric, row.delta);
  const arrow = row.delta === 0 ? '→' : row.delta > 0 ? '▲' : '▼';
  const meaning = tone === 'neutral' ? '' : ` (${tone === 'good' ? 'better' : 'worse'})`;
  return html`<span class="delta ${tone}" title="against ${against}${meaning}"
    ><span aria-hidden="true">${arrow} </span>${text}<span class="sr">
      against ${against}${meaning}</span
    ></span
  >`;
}

/** A table that scrolls by itself where the page is narrow. */
export function dataTable(
  caption: string,
  heads: readonly { text: string; title?: string; num?: boolean }[],
  rows: readonly (readonly Content[])[],
): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table class="data">
      <caption class="sr">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map(
            ({ text, title, num }) =>
              html`<th
                scope="col"
                ${num === true ? html` class="num"` : null}${title === undefined ? null : html` title="${title}"`}
              >
                ${text}
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell, i) =>
                i === 0
                  ? html`<th scope="row">${cell}</th>`
                  : html`<td${heads[i]?.num === true ? html` class="num"` : null}>${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Head of a column that shows a metric. */
export function metricHead(
  metric: string,
  text = labelOf(metric),
): { text: string; title: string; num: true } {
  return { text, title: definitionOf(metric), num: true };
}

/** A conversation's id, linked where an address is known. Only http and https links are made. */
export function conversationLink(
  { id, key, app }: { id: string; key: string; app: string | null },
  template: string | null,
): Content {
  if (template === null) return html`<code>${id}</code>`;
  const url = template
    .replaceAll('{id}', encodeURIComponent(id))
    .replaceAll('{key}', encodeURIComponent(key))
    .replaceAll('{app}', encodeURIComponent(app ?? ''));
  if (!/^https?:\/\//.test(url)) return html`<code>${id}</code>`;
  return html`<a href="${url}" rel="noreferrer"><code>${id}</code></a>`;
}

export { figure };
