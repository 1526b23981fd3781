import type { CollectProgress } from '../../domain/collection.js';
import type { Colors } from './colors.js';
import { bar, count, duration, plural } from './format.js';
import type { Pace } from './rate.js';

/** Something that stands beside the counters: no worker, server gone, interrupt under way. */
export interface ProgressView {
  progress: CollectProgress;
  pace: Pace;
  /** Shown last, and loudly. */
  note: string | null;
}

const BAR_WIDTH = 24;

/** The live display of a collection: a few lines that are drawn over again. */
export function progressLines({ progress, pace, note }: ProgressView, colors: Colors): string[] {
  const { days, batches } = progress;
  const failed = batches.failed > 0 ? colors.red(`${count(batches.failed)} failed`) : '0 failed';
  const rejected = rejectedRows(progress);
  const lines = [
    `${statusWord(progress, colors)}  ${colors.cyan(bar(daysShare(progress), BAR_WIDTH))}  ${count(days.done)} of ${plural(days.total, 'day')}`,
    `  batches  ${count(batches.done)} of ${count(batches.planned)} planned · ${count(batches.running)} running · ${failed}`,
    `  stored   ${plural(progress.conversations.stored, 'conversation')} · ${plural(progress.messages.stored, 'message')}` +
      (rejected > 0 ? ` · ${colors.yellow(`${count(rejected)} rejected`)}` : ''),
    `  pace     ${paceText(pace)}`,
  ];
  for (const mismatch of mismatchLines(progress)) lines.push(colors.red(`  ${mismatch}`));
  if (note !== null) lines.push(colors.yellow(`  ${note}`));
  return lines;
}

/** The same in one line, for logs and pipes. */
export function progressLine({ progress, pace, note }: ProgressView): string {
  const { days, batches, conversations, messages } = progress;
  const parts = [
    progress.status === 'paused' ? `paused (${progress.pauseReason ?? ''})` : progress.status,
    `${count(days.done)}/${plural(days.total, 'day')}`,
    `${count(batches.done)}/${count(batches.planned)} batches (${count(batches.running)} running, ${count(batches.failed)} failed)`,
    plural(conversations.stored, 'conversation'),
    plural(messages.stored, 'message'),
    `${count(rejectedRows(progress))} rejected`,
    paceText(pace),
  ];
  if (progress.mismatches.length > 0)
    parts.push(`${plural(progress.mismatches.length, 'day')} differ from the source`);
  if (note !== null) parts.push(note);
  return parts.join(' · ');
}

/** One line a day whose rows are not what the source counts. */
export function mismatchLines(progress: Pick<CollectProgress, 'mismatches'>): string[] {
  return progress.mismatches.map(
    ({ day, expected, received }) =>
      `${day}: the source counts ${plural(expected, 'conversation')}, ${count(received)} were received`,
  );
}

function rejectedRows(progress: CollectProgress): number {
  return progress.conversations.rejected + progress.messages.rejected;
}

/** Days done, and what is received of the days that are planned, as a share of the range. */
function daysShare({ days, conversations, plannedConversations }: CollectProgress): number {
  if (days.total === 0) return 0;
  const planned = plannedConversations === 0 ? 0 : conversations.received / plannedConversations;
  return days.total === 1 ? Math.max(days.done, planned) : days.done / days.total;
}

function statusWord(progress: CollectProgress, colors: Colors): string {
  switch (progress.status) {
    case 'complete':
      return colors.green('complete');
    case 'paused':
      return colors.yellow(`paused (${progress.pauseReason ?? ''})`);
    case 'partial':
    case 'failed':
      return colors.red(progress.status);
    case 'cancelled':
    case 'cancelling':
      return colors.yellow(progress.status);
    case 'running':
      return 'running';
  }
}

function paceText({ messagesPerSecond, timeLeftMs }: Pace): string {
  const rate = messagesPerSecond === null ? 'measuring' : `${count(messagesPerSecond)} messages/s`;
  return timeLeftMs === null ? rate : `${rate} · about ${duration(timeLeftMs)} left`;
}
