import { encodeCsv } from '../../domain/report/csv.js';

/** A value of a query as JSON has it: instants as ISO 8601 in UTC, whole numbers that a number cannot hold as text. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, plainValue(of)]));
  }
  return value;
}

export function rowObjects(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
}

const WIDEST = 60;

/** Cells for a terminal: one line each, without what could steer it. */
export function tableCells(rows: readonly (readonly unknown[])[]): string[][] {
  return rows.map((row) =>
    row.map((value) => {
      // eslint-disable-next-line no-control-regex -- texts of strangers may hold escape sequences
      const line = textOf(value).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
      return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line;
    }),
  );
}

/** The rows as CSV (RFC 4180), with a head. */
export function* csvLines(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Generator<string> {
  const flat = rows.map((row) =>
    row.map((value) => (typeof value === 'object' && value !== null ? textOf(value) : value)),
  );
  if (flat.length === 0) yield `${columns.join(',')}\n`;
  else yield encodeCsv(rowObjects(columns, flat) as Parameters<typeof encodeCsv>[0], { head: true });
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
