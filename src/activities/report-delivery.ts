import { createHash } from 'node:crypto';
import { PipelineError } from '../domain/errors.js';
import { parseReportKey, type ReportId } from '../domain/report/key.js';
import { headlineMoved, type DeliveryThresholds } from '../domain/report/lifecycle.js';
import type { ReportKind } from '../domain/report/period.js';
import type { DeliveryEntry, ReportBook, ReportRecord } from '../ports/report-book.js';
import type { ReportParcel, ReportRecipient } from '../ports/report-delivery.js';

/** Who gets reports, and when. */
export interface DeliverySettings {
  recipients: readonly ReportRecipient[];
  thresholds: DeliveryThresholds;
  /** Kinds that wait for `report approve`. */
  approval: readonly ReportKind[];
}

/**
 * Who is to get a revision: those who have had none of this report, or one whose headlines have moved since. Nobody,
 * where a newer revision is there.
 */
export async function planDelivery(
  book: ReportBook,
  { recipients, thresholds, approval }: DeliverySettings,
  reportKey: string,
  signal: AbortSignal,
): Promise<{ recipients: string[]; awaitsApproval: boolean }> {
  const { id, record } = await requireReport(book, reportKey, signal);
  const newest = record.revisions.at(-1);
  if (newest?.reportKey !== reportKey) return { recipients: [], awaitsApproval: false };
  const deliveries = await book.deliveries(id, signal);
  const { document: next } = await book.revision(reportKey, signal);
  const due: string[] = [];
  for (const { id: recipient } of recipients) {
    const mine = deliveries.filter((entry) => entry.recipient === recipient && entry.state === 'sent');
    const last = newestOf(mine, record);
    if (last?.reportKey === reportKey) continue;
    const before = last === null ? null : await book.revision(last.reportKey, signal);
    if (before === null || headlineMoved(before.document, next, thresholds)) due.push(recipient);
  }
  const awaitsApproval = due.length > 0 && approval.includes(id.kind) && newest.approvedAt === null;
  return { recipients: awaitsApproval ? [] : due, awaitsApproval };
}

/**
 * Sends a revision to one receiver, once: the ledger is written before and after. Where a crash came between, it is sent
 * again under the same key; a receiver that knows the key drops it, another one gets it twice.
 */
export async function deliverOnce(
  book: ReportBook,
  recipient: ReportRecipient,
  parcel: ReportParcel,
  signal: AbortSignal,
): Promise<'sent' | 'sent before'> {
  const { reportKey } = parcel;
  const { id } = await requireReport(book, reportKey, signal);
  const known = (await book.deliveries(id, signal)).find(
    (entry) => entry.reportKey === reportKey && entry.recipient === recipient.id,
  );
  if (known?.state === 'sent') return 'sent before';
  await book.recordDelivery(reportKey, recipient.id, 'sending', signal);
  await recipient.send(parcel, idempotencyKey(reportKey, recipient.id), signal);
  await book.recordDelivery(reportKey, recipient.id, 'sent', signal);
  return 'sent';
}

/** The same for every attempt at the same message, and for nothing else. */
export function idempotencyKey(reportKey: string, recipient: string): string {
  return createHash('sha256').update(`${reportKey}\n${recipient}`).digest('hex').slice(0, 32);
}

export async function requireReport(
  book: ReportBook,
  reportKey: string,
  signal: AbortSignal,
): Promise<{ id: ReportId; record: ReportRecord }> {
  const id = parseReportKey(reportKey);
  const record = id === null ? null : await book.record(id, signal);
  if (id !== null && record !== null) return { id, record };
  throw new PipelineError('InvalidInput', `there is no report ${JSON.stringify(reportKey)} in the lake`);
}

function newestOf(entries: readonly DeliveryEntry[], { revisions }: ReportRecord): DeliveryEntry | null {
  const order = new Map(revisions.map(({ reportKey, revision }) => [reportKey, revision]));
  const at = ({ reportKey }: DeliveryEntry) => order.get(reportKey) ?? 0;
  return entries.reduce<DeliveryEntry | null>(
    (best, entry) => (best === null || at(entry) > at(best) ? entry : best),
    null,
  );
}
