import { BEFORE, instant, periodTitle } from '../../domain/report/dates.js';
import { findRow, type ReportDocument } from '../../domain/report/document.js';
import {
  change,
  figure,
  humanize,
  labelOf,
  NOTHING,
  percent,
  seconds,
  toneOf,
} from '../../domain/report/figures.js';
import { closingCommands, statusInWords, verdict, whatChanged } from '../../domain/report/story.js';
import type { StoredRevision } from '../../ports/report-book.js';
import type { Colors } from './colors.js';
import { textTable } from './table.js';

/** Lines that are shown of each list. */
const SHOWN = 8;
const STEPS = '▁▂▃▄▅▆▇█';

/** A report for the terminal: what its page says on the first screen. Holds ids and labels only. */
export function reportSummary(
  { reportKey, revision, status, document }: StoredRevision,
  colors: Colors,
): string[] {
  const { head } = document;
  const toned = { good: colors.green, bad: colors.red, neutral: (text: string) => text };
  return [
    `${colors.bold(`${humanize(head.kind)} report: ${periodTitle(head)}`)} · ${head.appId ?? 'all apps'} · ${statusInWords(status, revision)}`,
    colors.dim(
      `${reportKey} · ${head.timezone} · known up to ${instant(head.coverage.watermark, head.timezone)}`,
    ),
    verdict(document),
    ...(status === 'provisional'
      ? ['Not all of the period is collected:', ...closingCommands(document)]
      : []),
    '',
    ...headlines(document, colors),
    ...section('Waiting', waiting(document), colors),
    ...section(
      'What changed',
      whatChanged(document)
        .slice(0, SHOWN)
        .map(({ text, tone }) => `${toned[tone]('●')} ${text}`),
      colors,
    ),
    ...section('Topics', topics(document, colors), colors),
  ];
}

function headlines(document: ReportDocument, colors: Colors): string[] {
  const rows = document.headline.flatMap((metric) => findRow(document, metric) ?? []);
  const cells = rows.map((row) => [
    labelOf(row.metric),
    figure(row.value, row.unit),
    `n=${row.n}`,
    change(row) ?? (row.note === 'pending' ? 'pending' : NOTHING),
    { good: 'better', bad: 'worse', neutral: '' }[toneOf(row.metric, row.delta)],
    sparkText(
      document.series.find(({ metric, grain }) => metric === row.metric && grain === 'spark')?.points ?? [],
    ),
  ]);
  const against = `AGAINST ${BEFORE[document.head.kind].toUpperCase()}`;
  return textTable(['HEADLINE', 'VALUE', 'N', against, '', 'LAST PERIODS'], cells, colors);
}

/** A row of blocks, low to high; a blank where nothing is known. */
export function sparkText(points: readonly { value: number | null }[]): string {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length < 2) return '';
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  return points
    .map(({ value }) => {
      if (value === null) return ' ';
      return STEPS[span === 0 ? 3 : Math.round(((value - low) / span) * (STEPS.length - 1))] ?? ' ';
    })
    .join('');
}

function waiting({ tables, head }: ReportDocument): string[] {
  const { count, top } = tables.waiting;
  const more = count - Math.min(count, SHOWN);
  return [
    ...top
      .slice(0, SHOWN)
      .map(
        ({ conversationId, since, topic }) =>
          `${conversationId} for ${seconds((head.periodEnd - since) / 1000)}${topic === null ? '' : ` (${humanize(topic)})`}`,
      ),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function topics({ tables }: ReportDocument, colors: Colors): string[] {
  if (tables.topics.length === 0) return [];
  const cells = tables.topics
    .slice(0, SHOWN)
    .map(({ label, n, share, growth, netSentiment, unansweredRate }) => [
      humanize(label),
      String(n),
      share === null ? NOTHING : percent(share),
      growth === null ? NOTHING : (change({ delta: growth, delta_kind: 'pct' }) ?? NOTHING),
      figure(netSentiment, 'score'),
      figure(unansweredRate, 'ratio'),
    ]);
  return textTable(['TOPIC', 'N', 'SHARE', 'GROWTH', 'NET SENTIMENT', 'UNANSWERED'], cells, colors);
}

function section(title: string, lines: readonly string[], colors: Colors): string[] {
  return lines.length === 0 ? [] : ['', colors.bold(title), ...lines.map((line) => `  ${line}`)];
}
