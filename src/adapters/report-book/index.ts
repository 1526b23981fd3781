import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { encodeCsv } from '../../domain/report/csv.js';
import { PipelineError } from '../../domain/errors.js';
import type { ReportDocument } from '../../domain/report/document.js';
import { parseReportKey, reportKey, type ReportId } from '../../domain/report/key.js';
import { decideRevision, REPORT_STATUSES } from '../../domain/report/lifecycle.js';
import { REPORT_KINDS } from '../../domain/report/period.js';
import { dayLines, reportRows, REPORTS } from '../../domain/report/rows.js';
import { dayOf } from '../../domain/period.js';
import { PreconditionFailed, type ObjectStore } from '../../ports/object-store.js';
import type {
  DeliveryEntry,
  ReportBook,
  ReportRecord,
  RevisionEntry,
  StoredRevision,
} from '../../ports/report-book.js';
import type { ReportProjection } from '../../ports/report-projection.js';
import { encodeTable } from '../lake/index.js';
import {
  deliveriesPrefix,
  deliveryKey,
  LEDGER_PREFIX,
  ledgerKey,
  parseLedgerKey,
  REPORT_FILES,
  reportFileKey,
  type ReportFile,
} from './keys.js';

export { REPORTS_PREFIX, reportFileKey, REPORT_FILES, type ReportFile } from './keys.js';

interface BookOptions {
  store: ObjectStore;
  /** null: no MongoDB. */
  projection: ReportProjection | null;
  /** Renders a revision as a page. */
  renderPage: (revision: StoredRevision) => string;
  now?: () => number;
}

/** Times that two builders of one report may overtake each other before the activity is tried again. */
const MAX_ROUNDS = 5;
/** How long a builder that has begun with a revision is given to end it, in looks. */
const LOOKS = 40;
const LOOK_EVERY_MS = 50;

const record = z.object({
  kind: z.enum(REPORT_KINDS),
  period: z.string(),
  appId: z.string().nullable(),
  startDate: z.string(),
  endDate: z.string(),
  revisions: z.array(
    z.object({
      reportKey: z.string(),
      revision: z.number(),
      status: z.enum(REPORT_STATUSES),
      builtAt: z.number(),
      commits: z.record(z.string(), z.string()),
      changes: z.number(),
      approvedAt: z.number().nullable(),
    }),
  ),
}) satisfies z.ZodType<ReportRecord>;

const delivery = z.object({
  reportKey: z.string(),
  recipient: z.string(),
  state: z.enum(['sending', 'sent']),
  startedAt: z.number(),
  sentAt: z.number().nullable(),
}) satisfies z.ZodType<DeliveryEntry>;

/**
 * Reports in the object store. The files of a revision are written first, by one builder, and never change again; the ledger, put on the
 * condition that nobody else has changed it, makes the revision one.
 */
export function createReportBook(options: BookOptions): ReportBook {
  return new StoredReports(options);
}

class StoredReports implements ReportBook {
  private readonly store: ObjectStore;
  private readonly now: () => number;

  constructor(private readonly options: BookOptions) {
    this.store = options.store;
    this.now = options.now ?? Date.now;
  }

  async publish(document: ReportDocument, conversationsCsv: Uint8Array, signal: AbortSignal) {
    const { kind, period, appId } = document.head;
    const id: ReportId = { kind, period, appId };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      try {
        const { entry, revision, stored } = await this.tryPublish(id, document, conversationsCsv, signal);
        await this.options.projection?.writeReport(revision, entry.builtAt, signal);
        return { entry, stored };
      } catch (err) {
        if (!(err instanceof PreconditionFailed)) throw err;
      }
    }
    throw new PipelineError('LakeConflict', `others keep storing the report ${reportKey(id, 1)}`);
  }

  async record(id: ReportId, signal: AbortSignal): Promise<ReportRecord | null> {
    return (await this.ledger(id, signal))?.record ?? null;
  }

  async *records(signal: AbortSignal): AsyncIterable<ReportRecord> {
    for await (const { key } of this.store.list(LEDGER_PREFIX, signal)) {
      const id = parseLedgerKey(key);
      const known = id === null ? null : await this.record(id, signal);
      if (known !== null) yield known;
    }
  }

  async revision(key: string, signal: AbortSignal): Promise<StoredRevision> {
    return parseJson(await this.file(key, 'report.json', signal)) as StoredRevision;
  }

  async page(key: string, signal: AbortSignal): Promise<Uint8Array> {
    return this.file(key, 'report.html', signal);
  }

  async approve(key: string, signal: AbortSignal): Promise<RevisionEntry> {
    const id = parseReportKey(key);
    const known = id === null ? null : await this.ledger(id, signal);
    const entry = known?.record.revisions.find(({ reportKey: of }) => of === key);
    if (known === null || entry === undefined) throw missing(key, this.store.location);
    if (entry.approvedAt !== null) return entry;
    entry.approvedAt = this.now();
    try {
      await this.putLedger(known.record, known.etag, signal);
    } catch (err) {
      // Somebody built or approved it meanwhile.
      if (err instanceof PreconditionFailed) return this.approve(key, signal);
      throw err;
    }
    return entry;
  }

  async deliveries(id: ReportId, signal: AbortSignal): Promise<DeliveryEntry[]> {
    const entries: DeliveryEntry[] = [];
    for await (const { key } of this.store.list(deliveriesPrefix(id), signal)) {
      const object = await this.store.get(key, signal);
      if (object !== null) entries.push(delivery.parse(parseJson(object.body)));
    }
    return entries;
  }

  async recordDelivery(
    key: string,
    recipient: string,
    state: DeliveryEntry['state'],
    signal: AbortSignal,
  ): Promise<void> {
    const object = await this.store.get(deliveryKey(key, recipient), signal);
    const before = object === null ? null : delivery.parse(parseJson(object.body));
    const now = this.now();
    const entry: DeliveryEntry = {
      reportKey: key,
      recipient,
      state,
      startedAt: before?.startedAt ?? now,
      sentAt: state === 'sent' ? now : null,
    };
    await this.store.put(deliveryKey(key, recipient), toJson(entry), { signal });
  }

  private async tryPublish(
    id: ReportId,
    document: ReportDocument,
    conversationsCsv: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ entry: RevisionEntry; revision: StoredRevision; stored: boolean }> {
    const known = await this.ledger(id, signal);
    const last = known?.record.revisions.at(-1);
    const before = last === undefined ? null : await this.revision(last.reportKey, signal);
    const decision = decideRevision(before, document);
    const commits = document.head.commits.period;
    if (decision.kind === 'unchanged') {
      if (last === undefined || before === null || known === null) throw new Error('nothing to keep');
      // Other commits of the same figures: remembered, so that nobody looks at them again.
      if (decision.why === 'same' && JSON.stringify(last.commits) !== JSON.stringify(commits)) {
        last.commits = commits;
        await this.putLedger(known.record, known.etag, signal);
      }
      return { entry: last, revision: before, stored: false };
    }
    const { revision: number, status, changes } = decision;
    const key = reportKey(id, number);
    const revision: StoredRevision = { reportKey: key, revision: number, status, changes, document };
    await this.claim(revision, known?.etag ?? null, signal);
    await this.putFiles(revision, conversationsCsv, signal);
    const entry: RevisionEntry = {
      reportKey: key,
      revision: number,
      status,
      builtAt: this.now(),
      commits,
      changes: changes.length,
      approvedAt: null,
    };
    const { periodStart, periodEnd } = document.head;
    const days = { startDate: dayOf(periodStart), endDate: dayOf(periodEnd - 1) };
    const revisions = [...(known?.record.revisions ?? []), entry];
    await this.putLedger({ ...id, ...days, revisions }, known?.etag ?? null, signal);
    return { entry, revision, stored: true };
  }

  /**
   * Makes this builder the only one that writes the files of a revision: whoever creates `report.json` does. One that was
   * left by a builder that died is taken over after a while. Throws PreconditionFailed where another was first.
   */
  private async claim(
    revision: StoredRevision,
    ledgerEtag: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const key = reportFileKey(revision.reportKey, 'report.json');
    const id = revision.document.head;
    const body = toJson(revision);
    try {
      await this.store.put(key, body, { ifAbsent: true, signal });
      return;
    } catch (err) {
      if (!(err instanceof PreconditionFailed)) throw err;
    }
    for (let look = 0; look < LOOKS; look++) {
      const there = await this.store.get(key, signal);
      // Left by an earlier attempt at the very same revision.
      if (there !== null && Buffer.compare(there.body, body) === 0) return;
      if (((await this.ledger(id, signal))?.etag ?? null) !== ledgerEtag) throw new PreconditionFailed(key);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
    const left = await this.store.get(key, signal);
    await this.store.put(
      key,
      body,
      left === null ? { ifAbsent: true, signal } : { ifMatch: left.etag, signal },
    );
  }

  private async putFiles(
    revision: StoredRevision,
    conversationsCsv: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const { document, reportKey: key } = revision;
    const files: Record<ReportFile, Uint8Array> = {
      'report.json': toJson(revision),
      'report.parquet': await encodeTable(REPORTS, reportRows(document, revision)),
      'report.html': Buffer.from(this.options.renderPage(revision)),
      'days.csv': Buffer.from(encodeCsv(dayLines(document), { head: true })),
      'conversations.csv': conversationsCsv,
    };
    // A Parquet file needs columns, and so rows.
    const written = REPORT_FILES.filter((file) => file !== 'report.parquet' || files[file].length > 0);
    await Promise.all(
      written.map((file) => this.store.put(reportFileKey(key, file), files[file], { signal })),
    );
  }

  private async ledger(
    id: ReportId,
    signal: AbortSignal,
  ): Promise<{ record: ReportRecord; etag: string } | null> {
    const object = await this.store.get(ledgerKey(id), signal);
    return object === null ? null : { record: record.parse(parseJson(object.body)), etag: object.etag };
  }

  private async putLedger(next: ReportRecord, etag: string | null, signal: AbortSignal): Promise<void> {
    const condition = etag === null ? { ifAbsent: true } : { ifMatch: etag };
    await this.store.put(ledgerKey(next), toJson(next), { ...condition, signal });
  }

  private async file(key: string, file: ReportFile, signal: AbortSignal): Promise<Uint8Array> {
    const object = await this.store.get(reportFileKey(key, file), signal);
    if (object === null) throw missing(key, this.store.location);
    return object.body;
  }
}

function missing(key: string, location: string): PipelineError {
  return new PipelineError('InvalidInput', `there is no report ${JSON.stringify(key)} in ${location}`);
}

function toJson(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
}

function parseJson(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body).toString('utf8'));
}
