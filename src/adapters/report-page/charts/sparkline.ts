import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { html, type Markup } from '../html.js';
import { fixed } from './columns.js';

const WIDTH = 120;
const HEIGHT = 32;
const PAD = 3;

/**
 * A line of the last periods, the newest last; gaps where there is no value. Nothing where fewer than two values are
 * known. Drawn to be stretched to any width.
 */
export function sparkline(all: readonly (number | null)[], summary: string): Markup | null {
  // What lies before the history would only press the rest together.
  const values = all.slice(all.findIndex((value) => value !== null));
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const x = scaleLinear([0, values.length - 1], [PAD, WIDTH - PAD]);
  // A quiet figure is a quiet line: the scale spans a tenth of the value at least.
  const room = Math.max(high - low, Math.abs(high) * 0.1, 1e-9);
  const middle = (high + low) / 2;
  const y = scaleLinear([middle - room / 2, middle + room / 2], [HEIGHT - PAD, PAD]);
  const drawn = { x: (_: number | null, i: number) => x(i), y: (v: number | null) => y(v ?? 0) };
  const path = line<number | null>(drawn.x, drawn.y)
    .defined((v) => v !== null)
    .digits(1)(values);
  const fill = area<number | null>(drawn.x, HEIGHT, drawn.y)
    .defined((v) => v !== null)
    .digits(1)(values);
  const last = values.at(-1) ?? null;
  return html`<span class="spark"
    ><svg role="img" aria-label="${summary}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
      <path class="fill" d="${fill ?? ''}" />
      <path class="stroke" d="${path ?? ''}" /></svg
    >${last === null ? null : html`<i style="top:${fixed((y(last) / HEIGHT) * 100)}%"></i>`}</span
  >`;
}
