import { isNewer } from '../versions.js';

/**
 * The conversations of a range as they are met in order of their primary keys: which batch each row belongs to, and
 * which of several rows with one id is the newest. Holds keys and numbers alone.
 */

/** A range of one day's conversation rows, as `BatchRange` names it. */
export interface Slot {
  day: string;
  idFrom: string;
  idTo: string;
  /** Rows, rejected ones included. */
  count: number;
}

/** A row as far as the catalogue needs it. */
export interface CatalogueRow {
  rowId: string;
  /** null: it has none, and no message can name it. */
  id: string | null;
  /** null: it matches no range. */
  day: string | null;
  version: number;
  isOfApp: boolean;
}

/** A conversation of the range: its newest row. */
export interface Winner {
  /** Primary key. */
  rowId: string;
  id: string;
  slot: number;
  /** Primary keys of the other rows with its id: their messages are its own. */
  others: string[];
}

export class Catalogue {
  readonly slots: Slot[] = [];
  /** Rows of each day of the range. */
  readonly days = new Map<string, number>();
  /** Slot that each day fills at the moment. */
  private readonly filling = new Map<string, number>();
  private readonly newest = new Map<string, { rowId: string; version: number; slot: number }>();
  /** Rows by conversation id, where there are several. */
  private readonly namesakes = new Map<string, { rowId: string; slot: number }[]>();

  constructor(
    private readonly range: { startDate: string; endDate: string },
    private readonly batchSize: number,
  ) {}

  /** @returns the slot that the row belongs to; null where it is not of the range */
  add(row: CatalogueRow): number | null {
    const { day } = row;
    if (day === null) return null; // what no range can hold must not win: its conversation would be lost
    const isInRange = row.isOfApp && day >= this.range.startDate && day <= this.range.endDate;
    const slot = isInRange ? this.place(day, row.rowId) : null;
    if (row.id !== null) this.compete(row.id, row.rowId, row.version, slot ?? -1);
    return slot;
  }

  /** Conversations whose newest row is of the range. */
  *winners(): Generator<Winner, void, undefined> {
    for (const [id, { rowId, slot }] of this.newest) {
      if (slot < 0) continue;
      const others = this.namesakes.get(id)?.map((row) => row.rowId) ?? [];
      yield { rowId, id, slot, others: others.filter((other) => other !== rowId) };
    }
  }

  /** Rows of the range that are not the newest with their id: primary keys by slot. */
  losers(): Map<number, string[]> {
    const losers = new Map<number, string[]>();
    for (const [id, rows] of this.namesakes) {
      const winner = this.newest.get(id)?.rowId;
      for (const { rowId, slot } of rows) {
        if (rowId === winner || slot < 0) continue;
        const own = losers.get(slot);
        if (own === undefined) losers.set(slot, [rowId]);
        else own.push(rowId);
      }
    }
    return losers;
  }

  private place(day: string, rowId: string): number {
    this.days.set(day, (this.days.get(day) ?? 0) + 1);
    const open = this.filling.get(day);
    const slot = open === undefined ? undefined : this.slots[open];
    if (open !== undefined && slot !== undefined && slot.count < this.batchSize) {
      slot.count++;
      slot.idTo = rowId;
      return open;
    }
    this.slots.push({ day, idFrom: rowId, idTo: rowId, count: 1 });
    this.filling.set(day, this.slots.length - 1);
    return this.slots.length - 1;
  }

  private compete(id: string, rowId: string, version: number, slot: number): void {
    const best = this.newest.get(id);
    if (best === undefined) {
      this.newest.set(id, { rowId, version, slot });
      return;
    }
    const rows = this.namesakes.get(id);
    if (rows === undefined) {
      this.namesakes.set(id, [
        { rowId: best.rowId, slot: best.slot },
        { rowId, slot },
      ]);
    } else rows.push({ rowId, slot });
    if (isNewer({ rowId, version }, best)) Object.assign(best, { rowId, version, slot });
  }
}
