/** Which of several rows with one id is the newest (data-formats.md). */

/** What decides: a row's version, then its primary key. */
export interface Versioned {
  rowId: string;
  version: number;
}

/** Latest of UpdatedAt ∨ CreatedAt, epoch ms; rows without either are the oldest. */
export function versionOf(updatedAt: number | null, createdAt: number | null): number {
  return updatedAt ?? createdAt ?? Number.NEGATIVE_INFINITY;
}

export function isNewer(a: Versioned, b: Versioned): boolean {
  return a.version === b.version ? compareIds(a.rowId, b.rowId) > 0 : a.version > b.version;
}

/** Orders primary keys: numbers as numbers, anything else by code units. */
export function compareIds(a: string, b: string): number {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
