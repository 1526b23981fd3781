import { isRequired, kindOf, type ColumnKind, type AnyTable } from './table.js';

const INTEGER_LIMITS: Partial<Record<ColumnKind, number>> = { i8: 2 ** 7, i32: 2 ** 31, i64: 2 ** 53 };
/** Largest finite single-precision number. */
const MAX_F32 = 3.4028234663852886e38;
/** Largest epoch milliseconds that a Date holds; microseconds of it still fit 64 bits. */
const MAX_EPOCH_MS = 8.64e15;

/**
 * Says what is wrong with a row, or null where it fits its table exactly. Parquet writers do not: they cut 1.7 to 1
 * and drop columns that they do not know. Names columns and types, never values, which may be text of conversations.
 */
export function invalidColumn(table: AnyTable, row: Readonly<Record<string, unknown>>): string | null {
  let known = 0;
  for (const column in table.columns) {
    const spec = table.columns[column];
    if (spec === undefined) continue;
    const value = row[column];
    if (value === undefined) return `${table.file}.${column} is missing`;
    known++;
    if (value === null) {
      if (isRequired(spec)) return `${table.file}.${column} is null and must not be`;
    } else if (!fits(kindOf(spec), value)) {
      return `${table.file}.${column} must be ${kindOf(spec)}, got ${describe(value)}`;
    }
  }
  if (Object.keys(row).length !== known) {
    const unknown = Object.keys(row).find((column) => !(column in table.columns));
    if (unknown !== undefined) return `${table.file} has no column ${unknown}`;
  }
  return null;
}

function fits(kind: ColumnKind, value: unknown): boolean {
  switch (kind) {
    case 'str':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'f64':
      return Number.isFinite(value);
    case 'f32':
      return Number.isFinite(value) && Math.abs(value as number) <= MAX_F32;
    case 'ts':
      return Number.isInteger(value) && Math.abs(value as number) <= MAX_EPOCH_MS;
    case 'list<str>':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    default: {
      const limit = INTEGER_LIMITS[kind] ?? 0;
      return Number.isInteger(value) && (value as number) < limit && (value as number) >= -limit;
    }
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer out of range' : 'a fraction';
  return `a ${typeof value}`;
}
