import { COMPARED, type Compared, type Comparison } from '../../domain/categorize/compare.js';
import type { RecategorizeSummary } from '../../domain/recategorization.js';
import { reportName } from '../../domain/report/key.js';
import type { Colors } from './colors.js';
import { count, percent, plural } from './format.js';
import { textTable } from './table.js';

const NAMES: Record<Compared, string> = {
  topic: 'topic',
  intent: 'intent',
  sentiment: 'sentiment',
  message_intent: 'intent of messages',
  message_sentiment: 'sentiment of messages',
};
const MOVES_SHOWN = 12;
const REPORTS_SHOWN = 10;

/** What a recategorization came to: old and new labels side by side, and the reports it touches. */
export function comparisonLines(summary: RecategorizeSummary, colors: Colors): string[] {
  const { days, conversations, dryRun } = summary;
  if (days.total === 0) {
    return [`No day of ${summary.startDate}..${summary.endDate} is stored: there is nothing to label again.`];
  }
  const would = dryRun ? 'would be ' : '';
  return [
    `Model ${summary.modelVersion ?? ''}, taxonomy ${summary.taxonomyVersion ?? ''}: ` +
      `${plural(days.done, 'day')}, ${plural(conversations.read, 'conversation')}.`,
    `  ${plural(days.switched, 'day')} ${would}switched, ${count(days.unchanged)} unchanged; ` +
      `${plural(conversations.changed, 'conversation')} ${dryRun ? 'differ' : 'differed'} in labels, confidence or version.`,
    '',
    ...textTable(['LABELS', 'COMPARED', 'CHANGED', '', 'BY PEOPLE'], rows(summary.comparison), colors),
    ...moves(summary.comparison, colors),
    ...reports(summary),
    '',
    `All of it: ${summary.summaryKey} in the lake's store, and one file a day beside it.`,
  ];
}

function rows(comparison: Comparison): string[][] {
  return COMPARED.map((what) => {
    const { compared, changed, human } = comparison[what];
    return [
      NAMES[what],
      count(compared),
      count(changed),
      compared === 0 ? '' : percent(changed / compared),
      count(human),
    ];
  });
}

function moves(comparison: Comparison, colors: Colors): string[] {
  const all = COMPARED.flatMap((what) => comparison[what].moves.map((move) => ({ what, ...move }))).sort(
    (a, b) => b.count - a.count,
  );
  if (all.length === 0) return [];
  const cells = all
    .slice(0, MOVES_SHOWN)
    .map(({ what, from, to, count: n }) => [NAMES[what], from ?? '(none)', to ?? '(none)', count(n)]);
  return ['', ...textTable(['WHAT CHANGED', 'FROM', 'TO', 'HOW MANY'], cells, colors)];
}

function reports({ reports: touched, dryRun }: RecategorizeSummary): string[] {
  if (touched.length === 0) return [];
  const more = touched.length - REPORTS_SHOWN;
  return [
    '',
    `${plural(touched.length, 'stored report')} ${touched.length === 1 ? 'is' : 'are'} made of these days, and ` +
      `${dryRun ? 'would be' : touched.length === 1 ? 'is' : 'are'} built again:`,
    ...touched.slice(0, REPORTS_SHOWN).map((report) => `  ${reportName(report)}`),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
  ];
}
