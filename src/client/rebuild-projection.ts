import type { DayRange, LakeReader } from '../adapters/lake/index.js';
import type { ProjectionRebuild, Stray } from '../adapters/mongo/rebuild.js';
import { dayEnd, dayStart } from '../domain/period.js';
import type { DayManifest } from '../ports/lake.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { count, plural } from './render/format.js';

/** Conversations written at a time, with all that belongs to them. */
const PAGE = 500;
/** Seconds of silence that look like a standstill. */
const TELL_EVERY_MS = 5_000;
/** Rounds after which days that are committed again and again are left for the next rebuild. */
const MAX_ROUNDS = 10;

/** Later than any conversation. */
const FAR = Date.UTC(9999, 0);

interface RebuildDeps {
  reader: LakeReader;
  projection: ProjectionRebuild;
  tell: (line: string) => void;
}

/** Counts of documents, but for the first two. */
export interface RebuildResult {
  days: number;
  conversations: number;
  added: number;
  replaced: number;
  removed: number;
  /** Documents that differ from the lake and were left: of runs that have not committed, or of days out of range. */
  kept: number;
}

/**
 * Makes the projection like the lake: day by day what is missing or differs is written; then what the lake does not
 * have is removed.
 *
 * A collection writes a conversation to MongoDB before it commits the day, so the lake may not know yet what is
 * rightly there. Such documents are told from wrong ones by three looks, in this order: the document is seen; the runs
 * are listed that have staged, uncommitted rows (a run stages before it writes to MongoDB, and drops its staging after
 * the commit); the day's manifest is read again. Where the manifest has changed the day is done again. Else a document
 * of a run that is not in the list can only be wrong. Documents are replaced and removed only at the version that was
 * seen.
 */
export async function rebuildProjection(
  deps: RebuildDeps,
  range: DayRange,
  signal: AbortSignal,
): Promise<RebuildResult> {
  const result: RebuildResult = { days: 0, conversations: 0, added: 0, replaced: 0, removed: 0, kept: 0 };
  const pass = new Pass(deps, range, signal, result);
  await deps.projection.prepare(signal);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await pass.writeDays();
    if (await pass.removeStrangers()) return pass.result();
  }
  throw new CliError(
    EXIT.partial,
    'Days of the range are being committed again and again: not all of the projection could be compared.\n' +
      'What was written is right.\nRun the same command again when the collection has ended.',
  );
}

class Pass {
  /** Commit of each day that has been written. */
  private readonly done = new Map<string, string>();
  /** The day of each conversation that has been written. */
  private readonly dayOf = new Map<string, string>();
  private lastTold = Date.now();

  constructor(
    private readonly deps: RebuildDeps,
    private readonly range: DayRange,
    private readonly signal: AbortSignal,
    private readonly counts: RebuildResult,
  ) {}

  result(): RebuildResult {
    return { ...this.counts, days: this.done.size, conversations: this.dayOf.size };
  }

  /** Writes the days whose newest commit has not been written. */
  async writeDays(): Promise<void> {
    const days = await this.changedDays();
    // A conversation that is about to leave a day for another belongs to the other one.
    const leaving = await this.leaving();
    for (const [at, manifest] of days.entries()) {
      await this.writeDay(manifest, leaving.get(manifest.day) ?? new Set(), `${at + 1}/${days.length}`);
    }
  }

  private async changedDays(): Promise<DayManifest[]> {
    const days = await this.deps.reader.committedDays(this.range, this.signal);
    return days.filter(({ day, commit_id }) => this.done.get(day) !== commit_id);
  }

  private async leaving(): Promise<Map<string, Set<string>>> {
    const leaving = new Map<string, Set<string>>();
    for (const { moved_in: moves } of await this.deps.reader.committedDays({}, this.signal)) {
      for (const { conversation_key, from } of moves ?? []) {
        leaving.set(from, (leaving.get(from) ?? new Set()).add(conversation_key));
      }
    }
    return leaving;
  }

  private async writeDay(manifest: DayManifest, leaving: ReadonlySet<string>, place: string): Promise<void> {
    const { reader, projection, tell } = this.deps;
    const { signal, counts } = this;
    const before = { ...counts };
    let written = 0;
    for (const [key, day] of this.dayOf) if (day === manifest.day) this.dayOf.delete(key);
    const strays: Stray[] = [];
    for await (const page of reader.dayRows(manifest, PAGE, signal)) {
      const stay = (key: unknown) => !leaving.has(String(key));
      const here = page.conversationKeys.filter(stay);
      const tables = page.tables.map(({ table, rows }) => ({
        table,
        rows: rows.filter((row) => stay(row['conversation_key'])),
      }));
      const restored = await projection.restore(here, tables, signal);
      counts.added += restored.added;
      counts.replaced += restored.replaced;
      strays.push(...restored.strays);
      for (const key of here) this.dayOf.set(key, manifest.day);
      written += here.length;
      this.tellSometimes(`${manifest.day} (${place}): ${plural(written, 'conversation')} so far …`);
    }
    const uncommitted = await reader.uncommittedRuns(signal);
    const [now] = await reader.committedDays({ start: manifest.day, end: manifest.day }, signal);
    if (now?.commit_id !== manifest.commit_id) {
      tell(`${manifest.day} (${place}): committed anew meanwhile, done again`);
      return;
    }
    await this.settle(strays, uncommitted);
    this.done.set(manifest.day, manifest.commit_id);
    this.lastTold = Date.now();
    tell(
      `${manifest.day} (${place}): ${plural(written, 'conversation')}, ${count(counts.added - before.added)} documents ` +
        `added, ${count(counts.replaced - before.replaced)} replaced, ${count(counts.removed - before.removed)} removed`,
    );
  }

  /** Removes documents of conversations that the lake does not have. @returns false where a day has changed meanwhile */
  async removeStrangers(): Promise<boolean> {
    const { reader, projection, tell } = this.deps;
    tell('Looking for documents that the lake does not have …');
    const found = await projection.strangers(
      (key) => this.dayOf.has(key),
      startedIn(this.range),
      this.signal,
    );
    const uncommitted = await reader.uncommittedRuns(this.signal);
    const wanted = new Set(found.map(({ conversationKey }) => conversationKey).filter((key) => key !== null));
    // Without bounds every day has been read. With bounds a document may rightly belong to a day beyond them.
    const elsewhere = isBounded(this.range)
      ? await reader.findConversations([...wanted], this.signal)
      : new Map<string, string>();
    if ((await this.changedDays()).length > 0) return false;
    const foreign = found.filter(({ conversationKey: key }) => key === null || !elsewhere.has(key));
    this.counts.kept += found.length - foreign.length;
    await this.settle(foreign, uncommitted);
    return true;
  }

  private async settle(strays: readonly Stray[], uncommitted: ReadonlySet<string>): Promise<void> {
    const wrong = strays.filter(({ runId }) => runId === null || !uncommitted.has(runId));
    this.counts.kept += strays.length - wrong.length;
    const { removed, replaced } = await this.deps.projection.settle(wrong, this.signal);
    this.counts.removed += removed;
    this.counts.replaced += replaced;
  }

  private tellSometimes(line: string): void {
    if (Date.now() - this.lastTold < TELL_EVERY_MS) return;
    this.lastTold = Date.now();
    this.deps.tell(line);
  }
}

function isBounded({ start, end }: DayRange): boolean {
  return start !== undefined || end !== undefined;
}

/** Half-open range of epoch milliseconds; null: all days. */
function startedIn(range: DayRange): { from: number; to: number } | null {
  if (!isBounded(range)) return null;
  const { start, end } = range;
  return {
    from: start === undefined ? 0 : dayStart(start),
    to: end === undefined ? FAR : dayEnd(end),
  };
}
