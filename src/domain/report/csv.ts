type Cell = string | number | boolean | null;

/**
 * Rows as CSV by RFC 4180, with the first row's keys as head. Null is an empty cell. Text that a spreadsheet would take
 * for a formula gets an apostrophe before it.
 */
export function encodeCsv(
  rows: readonly Readonly<Record<string, Cell>>[],
  { head }: { head: boolean },
): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => cell(row[column] ?? null)).join(','));
  const all = head && columns.length > 0 ? [columns.map(cell).join(','), ...lines] : lines;
  return all.map((line) => `${line}\r\n`).join('');
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
