/** Numbers and times for people. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `12,345` */
export function count(n: number): string {
  return WHOLE.format(n);
}

/** `1 day`, `3 days` */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  const rest = Math.round((whole - Math.floor(whole / 3600) * 3600) / 60);
  return `${Math.floor(whole / 3600)} h ${rest} min`;
}

/** A bar of `width` cells, `share` (0..1) of them full. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** `12.3 %` of a share 0..1. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `1 batch`, `3 batches` */
export function batches(n: number): string {
  return `${count(n)} ${n === 1 ? 'batch' : 'batches'}`;
}
