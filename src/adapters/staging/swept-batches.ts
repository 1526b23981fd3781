import type { Slot } from '../../domain/reading/catalogue.js';
import { compareIds } from '../../domain/versions.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { SweepPlan, SweptBatch, SweptDay } from './sweep-records.js';
import { readSlices, type OwnedSlice, type Slice } from './slices.js';
import { sizesOf } from './swept-threads.js';

/** From slots, which were cut by conversations alone, to batches that are bounded by messages too. */

/** What a batch holds at most, unless one conversation alone is longer. */
export const MAX_MESSAGES = 20_000;
const MAX_CHARACTERS = 32_000_000;

/** The days of a sweep with their batches, in order of primary keys. */
export async function* sweptDays(
  store: ObjectStore,
  plan: SweepPlan,
  messages: readonly OwnedSlice[],
  signal: AbortSignal,
): AsyncGenerator<{ day: string; swept: SweptDay }, void, undefined> {
  const [own, theirs] = [bySlot(plan.conversations), bySlot(messages)];
  const losers = new Map(plan.losers);
  const days = new Map<string, number[]>();
  plan.slots.forEach(({ day }, slot) => days.set(day, [...(days.get(day) ?? []), slot]));
  for (const [day, slots] of days) {
    const swept: SweptDay = { startedAt: plan.startedAt, losers: [], batches: [] };
    for (const number of slots) {
      const slot = plan.slots[number];
      if (slot === undefined) continue;
      swept.losers.push(...(losers.get(number) ?? []));
      const slices = { conversations: own.get(number) ?? [], messages: theirs.get(number) ?? [] };
      swept.batches.push(...(await batchesOf(store, slot, slices, signal)));
    }
    yield { day, swept };
  }
}

function bySlot(slices: readonly OwnedSlice[]): Map<number, OwnedSlice[]> {
  const grouped = new Map<number, OwnedSlice[]>();
  for (const slice of slices) {
    const own = grouped.get(slice.slot);
    if (own === undefined) grouped.set(slice.slot, [slice]);
    else own.push(slice);
  }
  return grouped;
}

async function batchesOf(
  store: ObjectStore,
  slot: Slot,
  slices: { conversations: OwnedSlice[]; messages: OwnedSlice[] },
  signal: AbortSignal,
): Promise<SweptBatch[]> {
  const parts = {
    conversations: slices.conversations.map(place),
    messages: slices.messages.map(place),
  };
  const items = slices.messages.reduce((sum, slice) => sum + slice.items, 0);
  const characters = slices.messages.reduce((sum, slice) => sum + slice.characters, 0);
  if (slot.count === 1 || (items <= MAX_MESSAGES && characters <= MAX_CHARACTERS)) {
    return [{ idFrom: slot.idFrom, idTo: slot.idTo, count: slot.count, ...parts }];
  }
  const sizes = new Map<string, { messages: number; characters: number }>();
  for (const slice of slices.messages) {
    for (const [row, size] of sizesOf(await readSlices(store, [slice], signal))) {
      const sum = sizes.get(row) ?? { messages: 0, characters: 0 };
      sizes.set(row, {
        messages: sum.messages + size.messages,
        characters: sum.characters + size.characters,
      });
    }
  }
  const rows = await rowsOf(store, slices.conversations, signal);
  return split(rows, sizes).map((range) => ({ ...range, ...parts }));
}

function place({ key, offset, length }: Slice): Slice {
  return { key, offset, length };
}

/** Primary keys of a slot's conversation rows, ascending. */
async function rowsOf(store: ObjectStore, slices: readonly Slice[], signal: AbortSignal): Promise<string[]> {
  const rows: string[] = [];
  for (const lines of await readSlices(store, slices, signal)) {
    for (const line of lines.toString('utf8').split('\n')) {
      if (line === '') continue;
      const row = JSON.parse(line) as { rowId?: string; value?: { rowId: string } };
      rows.push(row.value?.rowId ?? row.rowId ?? '');
    }
  }
  return rows.sort(compareIds);
}

/** Cuts ascending rows into ranges that stay within the bounds where one row alone does. */
export function split(
  rows: readonly string[],
  sizes: ReadonlyMap<string, { messages: number; characters: number }>,
): { idFrom: string; idTo: string; count: number }[] {
  const ranges: { idFrom: string; idTo: string; count: number }[] = [];
  let messages = 0;
  let characters = 0;
  for (const row of rows) {
    const size = sizes.get(row) ?? { messages: 0, characters: 0 };
    messages += size.messages;
    characters += size.characters;
    const open = ranges.at(-1);
    if (open !== undefined && messages <= MAX_MESSAGES && characters <= MAX_CHARACTERS) {
      open.idTo = row;
      open.count++;
      continue;
    }
    ranges.push({ idFrom: row, idTo: row, count: 1 });
    ({ messages, characters } = size);
  }
  return ranges;
}
