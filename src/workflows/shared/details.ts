import type { CollectProgress, ReadingProgress } from '../../domain/collection.js';

/** The story of a collection in Markdown, for the Web UI. Counts and days only. */
export function progressDetails(p: CollectProgress, workflowId: string): string {
  const app = p.appId === null ? 'all apps' : `app \`${p.appId}\``;
  const lines = [
    `**${p.startDate} to ${p.endDate}**, ${app}: **${p.status}**${p.pauseReason === null ? '' : ` (${p.pauseReason})`}`,
    '',
    '| | done | of |',
    '|---|---:|---:|',
    `| days | ${p.days.done} | ${p.days.total} |`,
    `| batches | ${p.batches.done} | ${p.batches.planned} planned |`,
    `| conversations | ${p.conversations.stored} stored | ${p.conversations.received} received |`,
    `| messages | ${p.messages.stored} stored | ${p.messages.received} received |`,
    '',
    `Failed batches: ${p.batches.failed}. Rejected rows: ${p.conversations.rejected + p.messages.rejected}` +
      rejectsByReason(p) +
      '.',
  ];
  if (p.reading)
    lines.push('', `Reading: **${p.reading.strategy}**${messagesRead(p.reading)}. ${p.reading.reason}.`);
  if (p.status === 'paused') {
    lines.push(
      '',
      `Once the reason is gone: \`conversation-analytics resume '${workflowId}'\`, or give up: \`conversation-analytics cancel '${workflowId}'\`.`,
    );
  }
  if (p.batches.failed > 0) {
    lines.push('', `Which and why: \`conversation-analytics failures '${workflowId}'\`.`);
  }
  for (const m of p.mismatches) {
    lines.push(
      '',
      `**${m.day}: the source counts ${m.expected} conversations, ${m.received} were received.**`,
    );
  }
  return lines.join('\n');
}

function messagesRead({ messages }: ReadingProgress): string {
  return messages === null ? '' : `, ${messages.read} of ${messages.total} message rows read`;
}

function rejectsByReason(p: CollectProgress): string {
  const reasons = Object.entries(p.rejects).map(([reason, n]) => `${reason} ${n}`);
  return reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
}
