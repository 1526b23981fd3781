import { BEFORE, shortDay } from './dates.js';
import { findRow, type Anomaly, type ReportDocument } from './document.js';
import { change, figure, humanize, labelOf, percent, plural, seconds, toneOf, type Tone } from './figures.js';
import type { ReportStatus } from './lifecycle.js';
import { metricNamed } from '../metrics/registry.js';

/** What a report says in words. */

/** The report in a sentence or two. */
export function verdict(document: ReportDocument): string {
  const { head, tables } = document;
  const volume = findRow(document, 'engaged_conversations');
  const parts: string[] = [];
  if (volume?.value == null) parts.push('Nothing is known of this period yet.');
  else if (volume.value === 0) parts.push('No conversations.');
  else {
    const moved = volume.delta === null ? '' : `, ${movement(volume.delta)} ${BEFORE[head.kind]}`;
    parts.push(`${plural(volume.value, 'new conversation')}${moved}.`);
  }
  const { count, oldest } = tables.waiting;
  if (count > 0) {
    const longest = oldest === null ? '' : `, the longest for ${seconds((head.periodEnd - oldest) / 1000)}`;
    const wait = count === 1 ? 'waits' : 'wait';
    parts.push(`${plural(count, 'conversation')} ${wait} for an answer${longest}.`);
  }
  const rate = findRow(document, 'unanswered_rate');
  if (rate?.value != null && (rate.numerator ?? 0) > 0) {
    parts.push(`${percent(rate.value)} of the ended ones went unanswered.`);
  }
  return parts.join(' ');
}

function movement(delta: number): string {
  if (Math.abs(delta) < 0.005) return 'as many as';
  return `${percent(Math.abs(delta))} ${delta > 0 ? 'more than' : 'fewer than'}`;
}

export interface Happening {
  text: string;
  tone: Tone;
}

/** Most that is said of one kind. */
const EACH = 4;
/** A headline that moved less is not worth a line: a fraction, or a difference of rates. */
const NOTABLE = { pct: 0.1, pp: 0.02, abs: 0.05 } as const;

/** What is different from before, what matters first: anomalies, headlines, growing, new and vanished topics. */
export function whatChanged(document: ReportDocument): Happening[] {
  const { tables } = document;
  const label = (what: string, labels: readonly string[]): Happening[] =>
    labels.length === 0
      ? []
      : [{ text: `${what}: ${labels.slice(0, EACH).map(humanize).join(', ')}`, tone: 'neutral' }];
  return [
    ...document.anomalies.slice(0, EACH).map((anomaly) => happeningOf(anomaly)),
    ...movedHeadlines(document),
    ...grown(document),
    ...label('New topics', tables.newTopics),
    ...label('Vanished topics', tables.vanishedTopics),
    ...label('New intents', tables.newIntents),
    ...label('Vanished intents', tables.vanishedIntents),
  ];
}

function movedHeadlines(document: ReportDocument): Happening[] {
  return document.headline
    .flatMap((metric) => findRow(document, metric) ?? [])
    .filter(
      ({ delta, delta_kind: kind }) => delta !== null && kind !== null && Math.abs(delta) >= NOTABLE[kind],
    )
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, EACH)
    .map((row) => ({
      text: `${labelOf(row.metric)} ${figure(row.value, row.unit)} (${change(row) ?? ''}, was ${figure(row.previous_value, row.unit)})`,
      tone: toneOf(row.metric, row.delta),
    }));
}

/** How much a change weighs: in units of what is notable. */
function weight({
  delta,
  delta_kind: kind,
}: {
  delta: number | null;
  delta_kind: keyof typeof NOTABLE | null;
}) {
  return delta === null || kind === null ? 0 : Math.abs(delta) / NOTABLE[kind];
}

function grown({ tables, anomalies, head }: ReportDocument): Happening[] {
  const told = new Set(
    anomalies
      .slice(0, EACH)
      .map(({ dimension, dimensionValue }) => `${dimension ?? ''}:${dimensionValue ?? ''}`),
  );
  return tables.topics
    .filter(
      ({ label, growth, n }) => growth !== null && growth >= 0.5 && n >= 10 && !told.has(`topic:${label}`),
    )
    .sort((a, b) => (b.growth ?? 0) - (a.growth ?? 0))
    .slice(0, EACH)
    .map(({ label, growth, n, previousN }) => ({
      text: `${humanize(label)} grows: ${n} against ${previousN ?? 0} ${BEFORE[head.kind]} (+${percent(growth ?? 0)})`,
      tone: 'neutral',
    }));
}

/** `New conversations on 12 Jan: 310, where 180 were to be expected` */
export function happeningOf({
  metric,
  dimension,
  dimensionValue,
  at,
  value,
  expected,
  good,
}: Anomaly): Happening {
  const unit = metricNamed(metric)?.unit ?? 'count';
  const what =
    dimensionValue === null
      ? labelOf(metric)
      : `${labelOf(metric)}, ${dimension ?? ''} ${humanize(dimensionValue)}`;
  const when = /^\d{4}-\d{2}-\d{2}$/.test(at) ? ` on ${shortDay(at)}` : '';
  return {
    text: `${what}${when}: ${figure(value, unit)}, where ${figure(expected, unit)} was to be expected`,
    tone: good === null ? 'neutral' : good ? 'good' : 'bad',
  };
}

/** `Final` · `Provisional` · `Restated, revision 2` */
export function statusInWords(status: ReportStatus, revision: number): string {
  const word = humanize(status);
  return revision === 1 ? word : `${word}, revision ${revision}`;
}

/** The command that closes a gap, for each missing range. */
export function closingCommands({ head }: ReportDocument): string[] {
  const app =
    head.appId === null ? '' : ` --app-id ${/^[\w.-]+$/.test(head.appId) ? head.appId : quoted(head.appId)}`;
  return head.coverage.missing.map(
    ({ startDate, endDate }) =>
      `conversation-analytics collect --start-date ${startDate} --end-date ${endDate}${app}`,
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
