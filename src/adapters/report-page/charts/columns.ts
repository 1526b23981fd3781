import { scaleLinear } from 'd3-scale';
import { html, type Markup } from '../html.js';

export interface Column {
  /** Below the column; empty: none. */
  label: string;
  /** Read out, and shown where the pointer rests. */
  title: string;
  /** Parts from the bottom up; null: no data. */
  parts: readonly (number | null)[];
}

interface Options {
  /** What the chart shows, in a sentence; for those who do not see it. */
  summary: string;
  /** CSS classes of the parts. */
  colors?: readonly string[];
  /** Height of the plot, px. */
  height?: number;
  /** Writes a value of the axis. */
  format: (value: number) => string;
  /** Largest value of the axis; default: the tallest column. */
  max?: number;
}

/** Width that the labels of the value axis take, px. */
const AXIS = 40;
const FOOT = 18;
const HEAD = 8;

/**
 * Columns, stacked where they have several parts. Widths are shares of the page and heights are pixels, so that text
 * keeps its size on a phone.
 */
export function columnChart(columns: readonly Column[], options: Options): Markup {
  const { height = 150, colors = ['c1'], format } = options;
  const totals = columns.map(({ parts }) => parts.reduce<number>((sum, part) => sum + (part ?? 0), 0));
  const top = Math.max(options.max ?? 0, ...totals);
  const y = scaleLinear([0, top === 0 ? 1 : top], [height, HEAD]);
  if (options.max === undefined) y.nice(4);
  const ticks = y.ticks(3).filter((tick) => top > 0 || tick === 0);
  const band = 100 / Math.max(1, columns.length);
  const gap = columns.length > 40 ? 0.15 : 0.28;
  const bars = columns.map(({ parts, title }, at) => {
    let base = 0;
    const rects = parts.map((part, i) => {
      if (part === null || part === 0) return null;
      const from = y(base + part);
      const to = y(base);
      base += part;
      return html`<rect
        class="${colors[i] ?? 'c1'}"
        x="${fixed(band * (at + gap / 2))}%"
        width="${fixed(band * (1 - gap))}%"
        y="${fixed(from)}"
        height="${fixed(Math.max(0.5, to - from))}"
        rx="1.5"
      />`;
    });
    return html`<g
      ><title>${title}</title
      ><rect
        class="hit"
        x="${fixed(band * at)}%"
        width="${fixed(band)}%"
        y="0"
        height="${height}"
      />${rects}</g
    >`;
  });
  const labels = columns.map(({ label }, at) =>
    label === ''
      ? null
      : html`<text x="${fixed(band * (at + 0.5))}%" y="${height + FOOT - 4}" text-anchor="middle"
          >${label}</text
        >`,
  );
  return html`<div class="plot" style="padding-left:${AXIS}px">
    <svg class="axis" width="${AXIS}" height="${height + FOOT}" aria-hidden="true">
      ${ticks.map((tick) => html`<text x="${AXIS - 6}" y="${fixed(y(tick) + 4)}" text-anchor="end">${format(tick)}</text>`)}</svg
    ><svg role="img" aria-label="${options.summary}" width="100%" height="${height + FOOT}">
      ${ticks.map((tick) => html`<line class="${tick === 0 ? 'base' : 'grid'}" x1="0" x2="100%" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}" />`)}${bars}${labels}
    </svg>
  </div>`;
}

/** Two decimals at most: pages stay small, and the same on every machine. */
export function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
