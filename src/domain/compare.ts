import type { ChangedRow } from './changes.js';
import { conversationKey } from './records.js';
import type { Differences, Finding, StoredVersion, SweptConversation } from './reconcile.js';

/** A conversation as the lake holds it. */
export interface StoredConversation extends StoredVersion {
  conversation_id: string;
  source_row_id: string;
  day: string;
  /** Epoch ms. */
  updated_at: number | null;
  deleted: boolean;
  /** Message rows that were received for it. */
  messages: number;
  [column: string]: unknown;
}

interface Scope {
  /** Inclusive UTC days. */
  startDate: string;
  endDate: string;
  appId?: string;
  /** Prefix of every key. */
  source: string;
  /** Epoch ms: what was read later than this, the sweep may not have seen. */
  sweptAt: number;
}

export interface Compared {
  compared: { source: number; lake: number };
  differences: Differences;
  /** To be read again, by day. */
  changed: { day: string; rows: ChangedRow[]; dayCount: number }[];
  /** By day of the lake. */
  gone: Map<string, StoredVersion[]>;
  findings: Finding[];
}

/** Compares what a source holds of a range with what the lake holds. Pure. */
export function compareSides(
  swept: readonly SweptConversation[],
  {
    conversations: stored,
    rejectedRows,
  }: { conversations: readonly StoredConversation[]; rejectedRows: readonly string[] },
  scope: Scope,
): Compared {
  const inScope = (row: SweptConversation): row is SweptConversation & { day: string } =>
    row.day !== null &&
    row.day >= scope.startDate &&
    row.day <= scope.endDate &&
    (scope.appId === undefined || row.appId === scope.appId);
  const source = new Map(swept.map((row) => [row.id, row]));
  const lake = new Map(stored.map((row) => [row.conversation_id, row]));
  const rejected = new Set(rejectedRows);
  const differences: Differences = { deleted: 0, missing: 0, changed: 0, deletedMessages: 0, moved: 0 };
  const findings: Finding[] = [];
  const again = new Map<string, ChangedRow[]>();
  const gone = new Map<string, StoredVersion[]>();
  const dayCounts = new Map<string, number>();
  const compared = { source: 0, lake: stored.filter(({ deleted }) => !deleted).length };

  const readAgain = (row: SweptConversation & { day: string }, elsewhere: boolean) => {
    const key = conversationKey(scope.source, row.id);
    const rows = again.get(row.day) ?? [];
    again.set(row.day, rows);
    rows.push({ rowId: row.rowId, ...(elsewhere ? { elsewhere: key } : {}) });
  };
  const find = (kind: Finding['kind'], day: string | null, id: string, row: string | null) =>
    findings.push({ kind, day, conversation_id: id, source_row_id: row });

  for (const row of swept) {
    if (row.day !== null && (scope.appId === undefined || row.appId === scope.appId))
      dayCounts.set(row.day, (dayCounts.get(row.day) ?? 0) + 1);
    if (!inScope(row)) continue;
    compared.source++;
    const known = lake.get(row.id);
    if (known === undefined) {
      if (rejected.has(row.rowId)) continue;
      differences.missing++;
      find('missing', row.day, row.id, row.rowId);
      readAgain(row, true);
    }
  }
  for (const known of stored) {
    const row = source.get(known.conversation_id);
    if (row?.day == null) {
      // One that was read after the sweep began may be younger than the sweep.
      if (known.deleted || known.fetched_at >= scope.sweptAt) continue;
      differences.deleted++;
      find('deleted', known.day, known.conversation_id, row?.rowId ?? null);
      const { conversation_key, fetched_at, run_id } = known;
      gone.set(known.day, [...(gone.get(known.day) ?? []), { conversation_key, fetched_at, run_id }]);
      continue;
    }
    const dated = { ...row, day: row.day };
    if (row.day !== known.day) {
      differences.moved++;
      find('moved', known.day, known.conversation_id, row.rowId);
      readAgain(dated, true);
    } else if (isOther(row, known)) {
      differences.changed++;
      differences.deletedMessages += Math.max(0, known.messages - row.messages);
      find('changed', known.day, known.conversation_id, row.rowId);
      readAgain(dated, false);
    }
  }
  const changed = [...again]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, rows]) => ({ day, rows: distinct(rows), dayCount: dayCounts.get(day) ?? rows.length }));
  return { compared, differences, changed, gone, findings };
}

function isOther(row: SweptConversation, known: StoredConversation): boolean {
  return (
    known.deleted ||
    row.messages !== known.messages ||
    row.rowId !== known.source_row_id ||
    row.updatedAt !== known.updated_at
  );
}

function distinct(rows: readonly ChangedRow[]): ChangedRow[] {
  return [...new Map(rows.map((row) => [row.rowId, row])).values()];
}
