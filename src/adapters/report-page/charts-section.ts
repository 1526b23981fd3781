import { BEFORE, shortDay, shortWeekday } from '../../domain/report/dates.js';
import type { LabelLine, ReportDocument, Series, ShareLine } from '../../domain/report/document.js';
import { definitionOf, figure, humanize, labelOf, percent, plural } from '../../domain/report/figures.js';
import { barList, shareBar } from './charts/bars.js';
import { columnChart } from './charts/columns.js';
import { cohorts, heatmap } from './charts/grids.js';
import { html, type Markup } from './html.js';
import { panel } from './parts.js';

/** The drawn part of the report. Charts without data are left out. */
export function charts(document: ReportDocument): (Markup | null)[] {
  return [
    volume(document),
    responseTimes(document),
    topics(document, 'topics'),
    topics(document, 'intents'),
    outcomes(document),
    sentiment(document),
    busyHours(document),
    retention(document),
    languages(document),
  ];
}

const COUNT = (value: number) => figure(value, 'count');

function volume({ head, series }: ReportDocument): Markup | null {
  const grain = head.kind === 'daily' ? 'hour' : 'day';
  const line = series.find((one) => one.metric === 'engaged_conversations' && one.grain === grain);
  if (line === undefined) return null;
  const step = line.points.length > 14 ? (line.points.length > 24 ? 5 : 3) : 1;
  return panel(
    `Conversations by ${grain}`,
    `${definitionOf('engaged_conversations')} By ${grain === 'hour' ? 'hour' : 'day'} in ${head.timezone}.`,
    columnChart(
      line.points.map(({ at, value, complete }, i) => ({
        label: i % step === 0 ? pointLabel(at, line, head.kind) : '',
        title: `${pointName(at, grain)}: ${value === null ? 'not known' : COUNT(value)}${complete ? '' : ' (not collected completely)'}`,
        parts: [value],
      })),
      { summary: summaryOf(line), format: COUNT },
    ),
    { wide: true },
  );
}

function pointLabel(at: string, { grain }: Series, kind: string): string {
  if (grain === 'hour') return at;
  return kind === 'weekly' ? shortWeekday(at) : String(Number(at.slice(8)));
}

function pointName(at: string, grain: 'hour' | 'day'): string {
  return grain === 'hour' ? `${at}:00` : `${shortWeekday(at)}, ${shortDay(at)}`;
}

/** Largest and smallest point, for those who do not see the chart. */
function summaryOf({ metric, unit, points }: Series): string {
  const known = points.flatMap(({ at, value }) => (value === null ? [] : [{ at, value }]));
  const most = known.reduce<(typeof known)[number] | null>(
    (a, b) => (a === null || b.value > a.value ? b : a),
    null,
  );
  const total = known.reduce((sum, { value }) => sum + value, 0);
  return most === null
    ? `${labelOf(metric)}: no data`
    : `${labelOf(metric)}: ${figure(total, unit)} in all, most at ${most.at} with ${figure(most.value, unit)}`;
}

function responseTimes({ distributions }: ReportDocument): Markup | null {
  const people = distributions.firstAgentResponse.some(({ n }) => n > 0);
  const shown = people ? distributions.firstAgentResponse : distributions.firstResponse;
  const total = shown.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return null;
  const metric = people ? 'first_agent_response_p50' : 'first_response_p50';
  return panel(
    people ? 'First response by people' : 'First response',
    `${definitionOf(metric)} How many were answered how fast.`,
    columnChart(
      shown.map(({ label, n }) => ({
        label: label.replace(' and more', '+'),
        title: `${label}: ${COUNT(n)}, ${percent(n / total)}`,
        parts: [n],
      })),
      {
        summary: `Answered: ${shown.map(({ label, n }) => `${label} ${percent(n / total)}`).join(', ')}`,
        format: COUNT,
      },
    ),
  );
}

const LINES = 10;

function topics({ head, tables }: ReportDocument, which: 'topics' | 'intents'): Markup | null {
  const lines = tables[which];
  if (lines.length === 0) return null;
  const shown = [...lines].sort((a, b) => b.n - a.n).slice(0, LINES);
  const rest = lines.length - shown.length;
  const noun = which === 'topics' ? 'topic' : 'intent';
  return panel(
    which === 'topics' ? 'Topics' : 'Intents',
    `New conversations by their first ${noun}; the shares of all ${which} add up to 100 %. Growth against ${BEFORE[head.kind]}.`,
    html`${barList(
      shown.map((line) => ({
        label: humanize(line.label),
        value: line.n,
        text: COUNT(line.n),
        note: html`<span class="muted">${line.share === null ? '' : percent(line.share)}</span>
          ${growthOf(line)}`,
        color: ['other', 'unknown'].includes(line.label) ? 'c0' : 'c1',
      })),
      `Conversations by ${noun}`,
    )}${rest > 0 ? html`<p class="asof">and ${plural(rest, `other ${noun}`)}, in the tables below</p>` : null}`,
  );
}

export function growthOf({ growth, note, previousN }: LabelLine): Markup | null {
  if (note === 'new' || (previousN === 0 && growth === null)) return html`<span class="delta">new</span>`;
  if (growth === null) return html`<span class="delta muted">–</span>`;
  const sign = growth > 0 ? '+' : growth < 0 ? '−' : '';
  return html`<span class="delta">${sign}${percent(Math.abs(growth)).replace(/\.\d/, '')}</span>`;
}

const OUTCOME_COLORS: Readonly<Record<string, string>> = {
  contained: 'o1',
  agent_handled: 'o2',
  escalated: 'o3',
  pending: 'o4',
  abandoned: 'o5',
  unanswered: 'o6',
  outbound_only: 'o7',
  empty: 'o7',
};

function outcomes({ tables }: ReportDocument): Markup | null {
  return shares(
    'How conversations end',
    'Each session has exactly one outcome, so that the shares add up to 100 %. Contained: answered by the bot, and nobody else was needed. Unanswered: ended unanswered without an agent; with one it is agent-handled or escalated. Definitions of each: metrics of a conversation.',
    tables.outcomes,
    (label) => OUTCOME_COLORS[label] ?? 'c0',
  );
}

const SENTIMENT_COLORS: Readonly<Record<string, string>> = {
  very_negative: 's1',
  negative: 's2',
  neutral: 's3',
  positive: 's4',
  very_positive: 's5',
};
const SENTIMENTS = Object.keys(SENTIMENT_COLORS);

function sentiment({ tables }: ReportDocument): Markup | null {
  const order = (label: string) =>
    SENTIMENTS.includes(label) ? SENTIMENTS.indexOf(label) : SENTIMENTS.length;
  return shares(
    'Sentiment',
    'How users feel, from their own messages only; the end of a conversation weighs more.',
    [...tables.sentiment].sort((a, b) => order(a.label) - order(b.label)),
    (label) => SENTIMENT_COLORS[label] ?? 'c0',
  );
}

function shares(
  title: string,
  definition: string,
  lines: readonly ShareLine[],
  color: (label: string) => string,
): Markup | null {
  const shown = lines.filter(({ n }) => n > 0);
  if (shown.length === 0) return null;
  const parts = shown.map(({ label, n, share, previousShare }) => ({
    label: humanize(label),
    share: share ?? 0,
    text: figure(share, 'ratio'),
    count: COUNT(n),
    before: previousShare === null ? '' : `was ${percent(previousShare)}`,
    color: color(label),
  }));
  const told = parts.map(({ label, text }) => `${label} ${text}`).join(', ');
  return panel(title, definition, shareBar(parts, `${title}: ${told}`));
}

function busyHours({ head, distributions }: ReportDocument): Markup | null {
  const rows = distributions.heatmap;
  const max = Math.max(0, ...rows.flatMap(({ hours }) => hours));
  if (max === 0 || head.kind === 'daily') return null;
  return panel(
    'Busy hours',
    `Messages of users by weekday and hour in ${head.timezone}; the darkest is ${COUNT(max)}.`,
    heatmap({
      caption: 'Messages of users by weekday and hour',
      columns: Array.from({ length: 24 }, (_, hour) => (hour % 6 === 0 ? String(hour) : '')),
      rows: rows.map(({ weekday, hours }) => ({
        head: humanize(weekday.slice(0, 3)),
        cells: hours.map((n, hour) => ({
          value: n,
          text: String(n),
          title: `${humanize(weekday)} ${hour}:00: ${COUNT(n)}`,
        })),
      })),
      max,
    }),
    { wide: true },
  );
}

/** Weeks of cohorts that are shown; the oldest go first. */
const COHORTS = 8;

function retention({ distributions }: ReportDocument): Markup | null {
  const rows = distributions.retention.filter(({ size }) => size > 0).slice(-COHORTS);
  if (rows.length === 0 || rows.every(({ active }) => active.length < 2)) return null;
  const weeks = Math.max(...rows.map(({ active }) => active.length));
  const later = rows.flatMap(({ active, size }) => active.slice(1).map((n) => n / size));
  return panel(
    'Who comes back',
    'Users by the week in which they were first seen, and how many of them wrote again so many weeks later. Weeks that are not over are left out.',
    html`<div class="scroll" tabindex="0" role="region" aria-label="Retention by week">
      ${cohorts({
        caption: 'Share of new users who wrote again, by week',
        columns: ['First week', 'Users', ...Array.from({ length: weeks - 1 }, (_, k) => `+${k + 1}`)],
        rows: rows.map(({ week, size, active }) => ({
          head: shortDay(week),
          cells: [
            { value: 0, text: COUNT(size), title: `${COUNT(size)} users first seen` },
            ...Array.from({ length: weeks - 1 }, (_, k) => {
              const n = active[k + 1];
              return n === undefined
                ? null
                : {
                    value: n / size,
                    text: `${Math.round((n / size) * 100)} %`,
                    title: `${COUNT(n)} of ${COUNT(size)} wrote again ${plural(k + 1, 'week')} later`,
                  };
            }),
          ],
        })),
        max: Math.max(0.0001, ...later),
      })}
    </div>`,
    { wide: true },
  );
}

function languages({ tables }: ReportDocument): Markup | null {
  const shown = tables.languages.filter(({ n }) => n > 0);
  if (shown.length < 2) return null;
  return panel(
    'Languages',
    'New conversations by the language of the user.',
    barList(
      shown.slice(0, LINES).map(({ label, n, share }) => ({
        label: label.length <= 3 ? label.toUpperCase() : humanize(label),
        value: n,
        text: COUNT(n),
        note: html`<span class="muted">${share === null ? '' : percent(share)}</span>`,
      })),
      'Conversations by language',
    ),
  );
}
