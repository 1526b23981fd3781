import type { Colors } from './colors.js';

/** Rows in columns as wide as their longest cell, beneath a bold line of heads. */
export function textTable(
  heads: readonly string[],
  cells: readonly (readonly string[])[],
  colors: Colors,
): string[] {
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [colors.bold(line(heads)), ...cells.map(line)];
}
