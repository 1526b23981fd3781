import { html, type Markup } from '../html.js';
import { fixed } from './columns.js';

export interface Grid {
  /** What the grid shows; read out before it. */
  caption: string;
  columns: readonly string[];
  rows: readonly {
    head: string;
    /** null: not known, and left blank. */
    cells: readonly ({ value: number; text: string; title: string } | null)[];
  }[];
  /** Value that has the full color; 0: none has any. */
  max: number;
}

/** A week by hour: small cells whose color is their value, each with its number for those who ask. */
export function heatmap({ caption, columns, rows, max }: Grid): Markup {
  return html`<table class="heat">
    <caption class="sr">
      ${caption}
    </caption>
    <thead>
      <tr>
        <td></td>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ head, cells }) =>
          html`<tr>
            <th scope="row">${head}</th>
            ${cells.map((cell) =>
              cell === null
                ? html`<td class="none"></td>`
                : html`<td title="${cell.title}" style="--v:${share(cell.value, max)}">
                    <span class="sr">${cell.text}</span>
                  </td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Cohorts in rows: cells with their number, the darker the more. */
export function cohorts({ caption, columns, rows, max }: Grid): Markup {
  return html`<table class="cohort">
    <caption class="sr">
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ head, cells }) =>
          html`<tr>
            <th scope="row">${head}</th>
            ${cells.map((cell) =>
              cell === null
                ? html`<td></td>`
                : html`<td title="${cell.title}" style="--v:${share(cell.value, max)}">${cell.text}</td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function share(value: number, max: number): string {
  return max <= 0 ? '0' : fixed(Math.min(1, value / max) * 100);
}
