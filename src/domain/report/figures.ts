import { metricNamed } from '../metrics/registry.js';
import type { MetricRow, Unit } from './document.js';

/** Figures as people read them; the same on the page, in the terminal and in messages. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const ONE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const TWO = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Stands where a figure is undefined. */
export const NOTHING = '–';

/** `1,234`, `3 min 20 s`, `42.3 %`, `+0.12`, `4.2`; a dash for null. */
export function figure(value: number | null, unit: Unit): string {
  if (value === null) return NOTHING;
  switch (unit) {
    case 'count':
      return WHOLE.format(value);
    case 'seconds':
      return seconds(value);
    case 'ratio':
      return percent(value);
    case 'score':
      return signed(value, TWO);
    case 'per_conversation':
    case 'per_user':
      return ONE.format(value);
  }
}

/** A duration with its two largest units: `4.2 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function seconds(value: number): string {
  if (value < 9.95) return `${ONE.format(value)} s`;
  const whole = Math.round(value);
  if (whole < 60) return `${whole} s`;
  const minutes = whole < 3600 ? Math.floor(whole / 60) : Math.round(whole / 60);
  if (minutes < 60) return two(minutes, 'min', whole % 60, 's');
  const hours = minutes < 1440 ? Math.floor(minutes / 60) : Math.round(minutes / 60);
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, unit: string, small: number, smaller: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;
}

/** `42.3 %`, `7 %`; below ten percent and above, one decimal unless it is none. */
export function percent(share: number): string {
  const value = Math.round(share * 1000) / 10;
  return `${Number.isInteger(value) ? WHOLE.format(value) : ONE.format(value)} %`;
}

function signed(value: number, format: Intl.NumberFormat): string {
  const text = format.format(Math.abs(value));
  if (!/[1-9]/.test(text)) return text;
  return `${value > 0 ? '+' : '−'}${text}`;
}

/** `+12 %`, `−2.1 pp`, `+0.03`; null where there is nothing to compare. */
export function change({ delta, delta_kind: kind }: Pick<MetricRow, 'delta' | 'delta_kind'>): string | null {
  if (delta === null || kind === null) return null;
  if (kind === 'abs') return signed(delta, TWO);
  const value = delta * 100;
  const text = signed(value, Math.abs(value) < 10 ? ONE : WHOLE).replace(/\.0$/, '');
  return `${text} ${kind === 'pct' ? '%' : 'pp'}`;
}

export type Tone = 'good' | 'bad' | 'neutral';

/** Whether a change of a metric is for the better. */
export function toneOf(metric: string, delta: number | null): Tone {
  const direction = metricNamed(metric)?.direction ?? null;
  if (delta === null || delta === 0 || direction === null) return 'neutral';
  return delta > 0 === (direction === 'up') ? 'good' : 'bad';
}

/** Label of a metric; its name where the registry no longer has it. */
export function labelOf(metric: string): string {
  return metricNamed(metric)?.label ?? humanize(metric);
}

export function definitionOf(metric: string): string {
  return metricNamed(metric)?.definition ?? '';
}

/** `billing_payment` → `Billing payment` */
export function humanize(label: string): string {
  const words = label.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `1 user`, `3 users` */
export function plural(n: number, noun: string): string {
  return `${WHOLE.format(n)} ${noun}${n === 1 ? '' : 's'}`;
}
