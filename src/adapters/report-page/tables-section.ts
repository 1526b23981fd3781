import { BEFORE } from '../../domain/report/dates.js';
import type { GroupLine, LabelLine, MetricRow, ReportDocument } from '../../domain/report/document.js';
import { definitionOf, figure, humanize, labelOf, percent } from '../../domain/report/figures.js';
import { growthOf } from './charts-section.js';
import { html, type Content, type Markup } from './html.js';
import { changeMark, dataTable, metricHead, panel, termList } from './parts.js';

/** The figures in full: labels, groups, data quality, and every metric with its definition. */
export function tables(document: ReportDocument): (Markup | null)[] {
  const { tables: all } = document;
  return [
    groups('Apps', all.apps, 'without an app'),
    groups('Agents', all.agents, 'without an agent id'),
    quality(document),
    inFigures(document),
    leftOut(document),
  ];
}

function inFigures(document: ReportDocument): Markup | null {
  const { topics, intents } = document.tables;
  return panel(
    'In figures',
    `Labels: new conversations by their first label, and by their second one where they have one; growth against ${BEFORE[document.head.kind]}. Metrics: values of the whole period; n is how many conversations, messages or users a value was made from.`,
    [labels('Topic', topics), labels('Intent', intents), everyMetric(document)],
    { wide: true, id: 'metrics' },
  );
}

function labels(noun: string, lines: readonly LabelLine[]): Markup | null {
  if (lines.length === 0) return null;
  return folded(
    `${noun}s (${lines.length})`,
    dataTable(
      `${noun}s in figures`,
      [
        { text: noun },
        metricHead('engaged_conversations', 'First'),
        { text: 'Share', num: true },
        { text: 'Growth', num: true },
        { text: 'Second', num: true },
        metricHead('first_response_p50', 'First response'),
        metricHead('unanswered_rate', 'Ended unanswered'),
        metricHead('resolution_rate', 'Resolved'),
        metricHead('net_sentiment', 'Net sentiment'),
      ],
      lines.map((line) => [
        humanize(line.label),
        figure(line.n, 'count'),
        figure(line.share, 'ratio'),
        growthOf(line),
        figure(line.secondary, 'count'),
        figure(line.firstResponseP50, 'seconds'),
        figure(line.unansweredRate, 'ratio'),
        figure(line.resolutionRate, 'ratio'),
        figure(line.netSentiment, 'score'),
      ]),
    ),
  );
}

function groups(title: string, lines: readonly GroupLine[], nameless: string): Markup | null {
  if (lines.length === 0) return null;
  return panel(
    title,
    `The same figures, side by side.`,
    dataTable(
      title,
      [
        { text: title.slice(0, -1) },
        metricHead('engaged_conversations', 'Conversations'),
        metricHead('messages', 'Messages'),
        metricHead('first_response_p50', 'First response'),
        { ...metricHead('first_response_p90', '90 % within') },
        metricHead('reply_time_p50', 'Reply time'),
        metricHead('containment_rate', 'Contained'),
        metricHead('unanswered_rate', 'Ended unanswered'),
        metricHead('net_sentiment', 'Net sentiment'),
      ],
      lines.map((line) => [
        line.id ?? nameless,
        figure(line.conversations, 'count'),
        figure(line.messages, 'count'),
        figure(line.firstResponseP50, 'seconds'),
        figure(line.firstResponseP90, 'seconds'),
        figure(line.replyTimeP50, 'seconds'),
        figure(line.containmentRate, 'ratio'),
        figure(line.unansweredRate, 'ratio'),
        figure(line.netSentiment, 'score'),
      ]),
    ),
    { wide: true },
  );
}

function quality({ dataQuality: found }: ReportDocument): Markup | null {
  const { sourceConversations, conversations, messages, rejected, classifiedShare, otherShare, deleted } =
    found;
  const differs = sourceConversations !== null && sourceConversations !== conversations + rejected;
  const facts: [string, Content][] = [
    ['Conversations stored', figure(conversations, 'count')],
    ['Messages stored', figure(messages, 'count')],
    [
      'Conversations in the source',
      sourceConversations === null ? 'not known' : figure(sourceConversations, 'count'),
    ],
    ['Rows rejected', `${figure(rejected, 'count')}${reasons(found.rejectedByReason)}`],
    ['Gone from the source', figure(deleted, 'count')],
    ['Classified', classifiedShare === null ? '–' : percent(classifiedShare)],
    [
      'Topic other',
      otherShare === null
        ? '–'
        : html`${percent(otherShare)}${otherShare > 0.15 ? html` <b>above 15 %: the taxonomy lacks topics</b>` : null}`,
    ],
    ['Quality flags', reasons(found.flags).replace(/^: /, '') || 'none'],
  ];
  return panel(
    'Data quality',
    'Rows of the UTC days that the period touches, as they were committed; conversations of the period by quality flag.',
    html`<dl class="facts">${termList(facts)}</dl>
      ${differs ? html`<p class="asof">Stored and rejected do not add up to what the source has: rows may have changed since they were counted.</p>` : null}`,
    { wide: true },
  );
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n]) => `${humanize(reason).toLowerCase()} ${figure(n, 'count')}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

const NOTES: Readonly<Record<NonNullable<MetricRow['note']>, string>> = {
  small_n: 'few',
  new: 'new',
  pending: 'not yet all',
  unavailable: 'not available',
};

function everyMetric(document: ReportDocument): Markup | null {
  const rows = document.rows.filter(({ dimension }) => dimension === null);
  if (rows.length === 0) return null;
  return folded(
    `Metrics and their definitions (${rows.length})`,
    dataTable(
      'Metrics and their definitions',
      [
        { text: 'Metric' },
        { text: 'Value', num: true },
        { text: 'n', num: true },
        { text: 'Before', num: true },
        { text: 'Change', num: true },
        { text: 'Note' },
        { text: 'Definition' },
      ],
      rows.map((row) => [
        html`${labelOf(row.metric)} <code>${row.metric}</code>`,
        figure(row.value, row.unit),
        figure(row.n, 'count'),
        figure(row.previous_value, row.unit),
        changeMark(row, BEFORE[document.head.kind]),
        row.note === null ? '' : NOTES[row.note],
        html`<span class="long">${definitionOf(row.metric)}</span>`,
      ]),
    ),
  );
}

function leftOut({ unavailable }: ReportDocument): Markup | null {
  if (unavailable.length === 0) return null;
  const byKey = new Map<string, string[]>();
  for (const { metric, mappingKey } of unavailable) {
    byKey.set(mappingKey, [...(byKey.get(mappingKey) ?? []), labelOf(metric)]);
  }
  return panel(
    'Left out',
    'Metrics whose input the source does not have, or the mapping does not name.',
    html`<ul class="left">
      ${[...byKey].map(([key, metrics]) => html`<li><code>${key}</code> would bring ${metrics.join(', ')}</li>`)}
    </ul>`,
    { wide: true },
  );
}

/** Long tables unfold on the screen, and are all there on paper. */
function folded(what: string, content: Markup): Markup {
  return html`<details class="fold">
    <summary>${what}</summary>
    ${content}
  </details>`;
}
