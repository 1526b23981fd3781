import { html, type Content, type Markup } from '../html.js';
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
export function heatmap(grid: Grid): Markup {
  return table('heat', grid, {
    heads: [html`<td></td>`, ...heads(grid)],
    blank: html`<td class="none"></td>`,
    text: (text) => html`<span class="sr">${text}</span>`,
  });
}

/** Cohorts in rows: cells with their number, the darker the more. */
export function cohorts(grid: Grid): Markup {
  return table('cohort', grid, { heads: heads(grid), blank: html`<td></td>`, text: (text) => text });
}

function heads({ columns }: Grid): Markup[] {
  return columns.map((column) => html`<th scope="col">${column}</th>`);
}

interface Look {
  heads: readonly Markup[];
  /** A cell whose value is not known. */
  blank: Markup;
  text: (text: string) => Content;
}

function table(name: string, { caption, rows, max }: Grid, look: Look): Markup {
  return html`<table class="${name}">
    <caption class="sr">
      ${caption}
    </caption>
    <thead>
      <tr>
        ${look.heads}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ head, cells }) =>
          html`<tr>
            <th scope="row">${head}</th>
            ${cells.map((cell) =>
              cell === null
                ? look.blank
                : html`<td title="${cell.title}" style="--v:${share(cell.value, max)}">
                    ${look.text(cell.text)}
                  </td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function share(value: number, max: number): string {
  return max <= 0 ? '0' : fixed(Math.min(1, value / max) * 100);
}
