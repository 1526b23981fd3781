import { z } from 'zod';
import { nextDay } from '../../domain/period.js';
import type { BatchReading } from '../../ports/conversation-source.js';
import type {
  DayCount,
  ForecastOptions,
  SourceForecast,
  SourceInspection,
  SourceRange,
} from '../../ports/source-inspector.js';
import type { Choice } from './choice.js';
import { costOf } from './costs.js';
import { forecastSweep, sweepRequests } from './forecast-sweep.js';
import {
  batchRequests,
  batchSizes,
  keyLengthOf,
  planRequests,
  readRequests,
  samplePlaces,
  type PlannedDay,
  type Sample,
} from './forecast.js';
import type { Call, NocoDbHttp } from './http.js';
import type { TableInfo } from './meta.js';
import { edgeDay } from './oldest.js';
import { countRows, dayRows, planPage } from './plan.js';
import { BatchReader } from './read.js';
import type { RecordReader } from './records.js';
import type { SourceSchema, TableFindings } from './schema.js';
import { everyRow, rangeFilter, scopeFilter, undatedFilter } from './scope.js';
import { isNotBlank } from './where.js';

/** Batches that a forecast reads. */
const SAMPLES = 4;
const Base = z.object({ title: z.string() });

/** What `inspect` and `forecast` need of a source that is open. */
export interface Opened {
  http: NocoDbHttp;
  reader: RecordReader;
  schema: SourceSchema;
  source: string;
  baseId: string;
}

export async function inspectSource(opened: Opened, call: Call): Promise<SourceInspection> {
  const { http, reader, schema } = opened;
  const table = schema.conversations;
  const title = await http
    .get(`/api/v2/meta/bases/${encodeURIComponent(opened.baseId)}`, {}, Base, call)
    .then((base) => base.title)
    // A token may read the tables and yet not the base's own entry.
    .catch(() => null);
  const undated = await countRows(reader, table, undatedFilter(table, undefined, Date.now()), call);
  const total = await reader.count(table.table, everyRow(table), call);
  const tables = [];
  for (const findings of schema.findings) {
    const pk = findings.kind === 'conversations' ? table.pk : messagesPk(schema, findings.table);
    const rows =
      findings.kind === 'conversations' ? total : await reader.count(findings.table, isNotBlank(pk.id), call);
    tables.push({ ...describeTable(findings), rows });
  }
  return {
    source: opened.source,
    base: { id: opened.baseId, title },
    tables,
    undatedConversations: undated,
    datedConversations: Math.max(0, total - undated),
    firstDay: await edgeDay(reader, table, undefined, 'oldest', call),
    lastDay: await edgeDay(reader, table, undefined, 'newest', call),
  };
}

function messagesPk(schema: SourceSchema, table: TableInfo) {
  const found = schema.messages.find((messages) => messages.table.id === table.id);
  return (found ?? schema.conversations).pk;
}

export function describeTable({ kind, prefix, table, found, columns }: TableFindings) {
  const used = new Set(found.map((entry) => entry.column?.id));
  return {
    kind,
    prefix,
    title: table.title,
    id: table.id,
    columns: found.map(({ key, column, how, detail }) => ({
      key,
      column: column?.title ?? null,
      type: column?.uidt ?? null,
      how: how ?? null,
      detail: detail ?? null,
      cost: column || how === 'fixed' ? null : costOf(kind, key),
    })),
    unused: columns
      .filter((column) => !used.has(column.id) && !column.system && !column.pk)
      .map((column) => column.title),
  };
}

export function daysOf({ startDate, endDate }: SourceRange): string[] {
  const days = [];
  for (let day = startDate; day <= endDate; day = nextDay(day)) days.push(day);
  return days;
}

/** Counts of each day; where the server tells days apart, ten a request. */
export async function countDays(opened: Opened, range: SourceRange, call: Call): Promise<PlannedDay[]> {
  const { reader, schema } = opened;
  const table = schema.conversations;
  const now = Date.now();
  const days = daysOf(range).map((day) => ({
    day,
    scope: scopeFilter(table, { day, appId: range.appId }, now),
  }));
  if (days.some(({ scope }) => scope?.keep)) {
    const counted: PlannedDay[] = [];
    for (const { day, scope } of days) {
      const { ids, received } = scope
        ? await dayRows(reader, table, scope, undefined, call)
        : { ids: [], received: 0 };
      const conversations = ids.length;
      // Ten of 30 rows: the server cannot tell the day from those beside it.
      counted.push({ day, conversations, spread: Math.max(1.0001, received / Math.max(1, conversations)) });
    }
    return counted;
  }
  const filters = days.flatMap(({ scope }) => scope?.filter ?? []);
  const view = { table: table.table, pk: table.pk, fields: [table.pk] };
  const counts = await reader.counts(view, filters, call);
  let next = 0;
  return days.map(({ day, scope }) => ({
    day,
    conversations: scope === null ? 0 : (counts[next++] ?? 0),
    spread: 1,
  }));
}

/**
 * @param budget.firstRequests what survey and choice of the run will take: both were just made
 * @param choice how the run will read
 */
export async function forecastRange(
  opened: Opened,
  range: SourceRange,
  options: ForecastOptions,
  budget: { firstRequests: number; requestsPerSecond: number },
  { strategy, reason, extents }: Choice,
  call: Call,
): Promise<Omit<SourceForecast, 'requestsUsed'>> {
  const days = await countDays(opened, range, call);
  const common = {
    reading: { strategy, reason },
    days: days.map(({ day, conversations }): DayCount => ({ day, conversations })),
    requestsPerSecond: budget.requestsPerSecond,
  };
  if (strategy === 'sweep' && extents !== undefined) {
    const scope = rangeFilter(opened.schema.conversations, range, Date.now());
    const server = { bulk: opened.reader.hasBulk !== false, recount: scope !== null && !scope.keep };
    const requests = budget.firstRequests + sweepRequests(extents, server);
    return { ...common, ...forecastSweep(days, extents, { ...options, ...budget, requests }) };
  }
  const sizes = batchSizes(days, options);
  const { sample, sampled, answerMs } = await readSample(opened, range, days, sizes, options, call);
  const batches = sizes.flatMap((own, day) => own.map((size) => ({ size, spread: days[day]?.spread ?? 1 })));
  const requests = Math.round(
    budget.firstRequests + planRequests(days, options) + readRequests(batches, sample, options.parallel),
  );
  const conversations = batches.reduce((sum, { size }) => sum + size, 0);
  const each = sampled.messages / Math.max(1, sampled.conversations);
  // A server that takes a second an answer gives no more than the readers that wait for it.
  const rate = Math.min(budget.requestsPerSecond, (options.parallel * 1000) / Math.max(1, answerMs));
  return {
    ...common,
    conversations,
    messages: Math.round(conversations * each),
    batches: batches.length,
    requests,
    ms: Math.round((requests / rate) * 1000),
    sampled,
  };
}

/** Reads a few batches as the run will, and keeps nothing but their sizes. */
async function readSample(
  opened: Opened,
  range: SourceRange,
  days: readonly PlannedDay[],
  sizes: readonly (readonly number[])[],
  options: ForecastOptions,
  call: Call,
) {
  const { http, reader, schema } = opened;
  const sampled = { batches: 0, conversations: 0, messages: 0 };
  const messages = schema.messages.map(() => 0);
  const lengths: number[] = [];
  const measured: { size: number; spread: number; requests: number; averages: number[] }[] = [];
  const batchReader = new BatchReader(reader, schema);
  const started = { requests: http.requests, answerMs: http.answerMs };
  for (const place of samplePlaces(sizes, SAMPLES)) {
    const day = days[place.day];
    const scope = day && scopeFilter(schema.conversations, { ...range, day: day.day }, Date.now());
    if (!day || !scope) continue;
    const plan = { batchSize: options.batchSize, maxBatches: place.batch + 1, cursor: null };
    const { batches } = await planPage(reader, schema.conversations, scope, plan, call);
    const batch = batches[place.batch];
    if (!batch) continue;
    const before = http.requests;
    const averages = [...batchReader.averages];
    const context = { source: opened.source, fetchedAt: Date.now(), runId: 'forecast' };
    const reading = await batchReader.read(scope, batch, context, call);
    measured.push({ size: batch.count, spread: day.spread, requests: http.requests - before, averages });
    sampled.batches++;
    sampled.conversations += reading.received.conversations;
    sampled.messages += reading.received.messages;
    countByTable(reading, messages);
    lengths.push(keyLengthOf(reading.threads.map(({ conversation }) => conversation.conversationId)));
  }
  const sent = http.requests - started.requests;
  const sample: Sample = {
    messagesEach: messages.map((n) => n / Math.max(1, sampled.conversations)),
    keyLength: lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length) || 20,
    bulk: reader.hasBulk !== false,
    lookup: schema.conversations.id !== undefined,
    extra: 0,
  };
  // The first batch also finds out how long conversations are; what the others took more is the tail of long ones.
  const more = measured
    .slice(1)
    .map(({ size, spread, requests, averages }) => requests - batchRequests(size, spread, averages, sample));
  sample.extra = Math.max(0, more.reduce((sum, n) => sum + n, 0) / Math.max(1, more.length));
  return { sample, sampled, answerMs: (http.answerMs - started.answerMs) / Math.max(1, sent) };
}

function countByTable(reading: BatchReading, counts: number[]): void {
  for (const message of reading.threads.flatMap((thread) => thread.messages)) {
    const table = message.order ?? 0;
    counts[table] = (counts[table] ?? 0) + 1;
  }
}
