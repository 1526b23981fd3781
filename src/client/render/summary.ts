import { REJECT_REASONS } from '../../domain/records.js';
import { STAGES, type CollectProgress, type RowCounts } from '../../domain/collection.js';
import { describeRange } from '../../domain/period.js';
import type { LabelCounts } from '../labels.js';
import { isNothingNew, unaccountedRows, type CollectReport } from '../report.js';
import type { Colors } from './colors.js';
import { batches as batchCount, count, duration, plural } from './format.js';
import { pauseLines } from './pause.js';
import { mismatchLines } from './progress.js';

const LABELS_SHOWN = 6;

/** The summary of a collection, for people. */
export function summaryLines(report: CollectReport, colors: Colors): string[] {
  const { summary, data } = report;
  if (summary === null || isNothingNew(summary)) return [headline(report, colors), ...placeLines(report)];
  return [
    headline(report, colors),
    ...notice(summary),
    field('conversations', rows(summary.conversations)),
    field('messages', rows(summary.messages)),
    field('rejected', rejects(summary)),
    ...undated(summary),
    ...batches(summary, colors),
    ...labelLines(report.labels, data.lake),
    field(
      'stages',
      `${STAGES.map((stage) => `${stage} ${duration(summary.stageMs[stage])}`).join(' · ')} (work of all batches, added up)`,
    ),
    ...placeLines(report),
    ...warnings(summary, colors),
    ...nextSteps(report, summary, colors),
  ];
}

/** What can be done about failed batches, or a pause. */
function nextSteps({ workflowId }: CollectReport, summary: CollectProgress, colors: Colors): string[] {
  const lines: string[] = [];
  const { failed } = summary.batches;
  if (failed > 0) {
    lines.push(
      `${batchCount(failed)} failed. Which and why: conversation-analytics failures '${workflowId}'`,
      `Run ${failed === 1 ? 'it' : 'them'} again: conversation-analytics retry '${workflowId}'`,
    );
  }
  const pause = summary.status === 'paused' ? pauseLines(workflowId, summary.pauseReason ?? '', true) : [];
  return [
    ...lines.map((line) => colors.red(`! ${line}`)),
    ...pause.map((line) => colors.yellow(`! ${line}`)),
  ];
}

/** What must not be overlooked: rows that are missing. */
export function warnings(summary: CollectProgress, colors: Colors): string[] {
  const lines = mismatchLines(summary);
  if (lines.length > 0) {
    lines.push('Rows changed while they were read, or the source hides some: collect these days again.');
  }
  const { conversations, messages } = unaccountedRows(summary);
  if (conversations !== 0 || messages !== 0) {
    lines.push(
      `Received is not stored + rejected: ${plural(conversations, 'conversation')} and ${plural(messages, 'message')} ` +
        'are unaccounted for. This is a fault: please report it.',
    );
  }
  return lines.map((line) => colors.red(`! ${line}`));
}

function headline(report: CollectReport, colors: Colors): string {
  const { summary, status, elapsedMs } = report;
  const paint =
    { complete: colors.green, cancelled: colors.yellow, paused: colors.yellow }[status as string] ??
    colors.red;
  const what =
    summary === null
      ? report.workflowId
      : `${describeRows(summary)}, ${summary.appId === null ? 'all apps' : `app ${summary.appId}`}`;
  return `${colors.bold(paint(status.charAt(0).toUpperCase() + status.slice(1)))}: ${what}, in ${duration(elapsedMs)}`;
}

function describeRows(summary: CollectProgress): string {
  if (summary.mode !== 'changes') return describeRange(summary);
  if (isNothingNew(summary)) return `nothing new since ${summary.startDate}`;
  return `what has changed, of ${plural(summary.days.total, 'day')} (${describeRange(summary)})`;
}

function notice({ notice: text }: CollectProgress): string[] {
  return text === undefined ? [] : [field('note', text)];
}

function rows({ received, stored, rejected }: RowCounts): string {
  return `${count(received)} received = ${count(stored)} stored + ${count(rejected)} rejected`;
}

function rejects({ rejects: byReason }: CollectProgress): string {
  const found = REJECT_REASONS.filter((reason) => (byReason[reason] ?? 0) > 0);
  return found.length === 0
    ? 'none'
    : found.map((reason) => `${reason} ${count(byReason[reason] ?? 0)}`).join(' · ');
}

function undated({ undatedConversations: n }: CollectProgress): string[] {
  if (n === 0) return [];
  return [
    field(
      'no date',
      `${plural(n, 'conversation')} of the source ${n === 1 ? 'has' : 'have'} no usable start and match${n === 1 ? 'es' : ''} no range`,
    ),
  ];
}

function batches({ batches: { done, failed }, days }: CollectProgress, colors: Colors): string[] {
  const text = `${count(done)} done in ${plural(days.done, 'day')}`;
  if (failed === 0 && days.incomplete === 0) return [field('batches', text)];
  return [
    field(
      'batches',
      `${text} · ${colors.red(`${count(failed)} failed`)} · ${plural(days.incomplete, 'day')} incomplete`,
    ),
  ];
}

function labelLines(labels: LabelCounts | null, lake: string): string[] {
  if (labels === null) return [field('labels', `the lake (${lake}) cannot be read from here`)];
  return (['topic', 'intent', 'sentiment'] as const).map((task) => field(task, topLabels(labels[task])));
}

function topLabels(counts: Record<string, number>): string {
  const sorted = Object.entries(counts).sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
  const shown = sorted.slice(0, LABELS_SHOWN).map(([label, n]) => `${label} ${count(n)}`);
  const rest = sorted.slice(LABELS_SHOWN);
  if (rest.length > 0)
    shown.push(`${count(rest.length)} more ${count(rest.reduce((sum, [, n]) => sum + n, 0))}`);
  return shown.length === 0 ? 'none' : shown.join(' · ');
}

function placeLines({ data, workflowId, summary }: CollectReport): string[] {
  const lines = [field('lake', data.lake)];
  if (data.mongodb !== null)
    lines.push(field('mongodb', `${data.mongodb.uri} · database ${data.mongodb.database}`));
  if (summary !== null && 'failuresKey' in summary && summary.failuresKey !== null) {
    lines.push(field('failures', `${data.lake}/${summary.failuresKey}`));
  }
  if (data.webUi !== null) lines.push(field('web ui', data.webUi));
  lines.push(field('run', workflowId));
  return lines;
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(14)}${value}`;
}
