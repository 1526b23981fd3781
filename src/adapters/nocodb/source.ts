import { PipelineError } from '../../domain/errors.js';
import type {
  BatchReading,
  ChangedConversations,
  ConversationSource,
  MessageKeys,
  MessageSpan,
  MessageSpans,
  PlanPage,
  ReadingChoice,
  ScannedConversation,
  ScannedMessage,
  SourceRange,
  SourceScope,
  SourceSurvey,
  SourceSweep,
} from '../../ports/conversation-source.js';
import type { SourceMark } from '../../domain/changes.js';
import type { BatchRange } from '../../domain/collection.js';
import type {
  DayCount,
  ForecastOptions,
  SourceForecast,
  SourceInspection,
  SourceInspector,
} from '../../ports/source-inspector.js';
import { chooseReading, type Choice } from './choice.js';
import { ChangeFinder } from './changes.js';
import { DEFAULT_LIMITS, type HttpLimits, type NocoDbConfig } from './config.js';
import { NocoDbHttp, type Call } from './http.js';
import { countDays, forecastRange, inspectSource, type Opened } from './inspector.js';
import { edgeDay } from './oldest.js';
import { countRows, planPage } from './plan.js';
import { probeTimes } from './probe.js';
import { BatchReader } from './read.js';
import { RecordReader } from './records.js';
import { recount } from './recount.js';
import {
  countMessages,
  messageSpans,
  messageVersions,
  scanConversations,
  scanMessages,
  type MessageVersion,
} from './scan.js';
import { resolveSchema, type SourceSchema } from './schema.js';
import { scopeFilter, undatedFilter, type DayScope } from './scope.js';
import { looksAs, stampsOf, takeMark } from './stamps.js';
import { sweepTables } from './sweep.js';
import { checkApp, unmappedNotice } from './survey.js';

/** Tables and columns are looked up again after this time: a worker may run for months. */
const SCHEMA_TTL_MS = 10 * 60_000;

export interface NocoDbSourceOptions {
  /** Receives lines that a person should see once: what is not mapped, what the server cannot do. */
  onNotice?: ((line: string) => void) | undefined;
  /** Timeouts and retries; tests shorten them. */
  limits?: Partial<HttpLimits> | undefined;
}

/** Conversations from NocoDB over HTTP. One instance serves any number of concurrent readers. */
export function createNocoDbSource(
  config: NocoDbConfig,
  options: NocoDbSourceOptions = {},
): ConversationSource & SourceInspector {
  return new NocoDbSource(config, options);
}

interface Resolved {
  schema: SourceSchema;
  batches: BatchReader;
  expires: number;
}

class NocoDbSource implements ConversationSource, SourceInspector {
  private readonly http: NocoDbHttp;
  private readonly reader: RecordReader;
  private readonly source: string;
  /** Ends look-ups that no single caller owns. */
  private readonly lifetime = new AbortController();
  private readonly noticed = new Set<string>();
  private resolving: Promise<Resolved> | undefined;

  constructor(
    private readonly config: NocoDbConfig,
    private readonly options: NocoDbSourceOptions,
  ) {
    this.http = new NocoDbHttp(config, { ...DEFAULT_LIMITS, ...options.limits });
    this.reader = new RecordReader(this.http, (line) => this.notice(line));
    this.source = config.source ?? config.projectId;
  }

  async survey(appId: string | undefined, signal: AbortSignal): Promise<SourceSurvey> {
    const before = this.http.requests;
    const call: Call = { signal };
    this.resolving = undefined; // a survey opens a run: it sees the tables as they are now
    const { schema } = await this.resolved(signal);
    const unmapped = unmappedNotice(schema);
    if (unmapped !== null) this.notice(unmapped);
    if (schema.conversations.startedAtBasis === 'created_at') {
      this.notice(
        'No column says when a conversation started: CreatedAt stands in (conversations.started_at).',
      );
    }
    const table = schema.conversations;
    if (appId !== undefined) await checkApp(this.reader, table, appId, call);
    const undatedConversations = await this.count(undatedFilter(table, appId, Date.now()), call);
    return { source: this.source, undatedConversations, requests: this.http.requests - before };
  }

  async firstDay(appId: string | undefined, signal: AbortSignal): Promise<string | null> {
    const table = (await this.resolved(signal)).schema.conversations;
    const day = await this.watched(edgeDay(this.reader, table, appId, 'oldest', { signal }));
    if (day === null && appId !== undefined) await checkApp(this.reader, table, appId, { signal });
    return day;
  }

  async planDay(
    scope: SourceScope,
    options: { batchSize: number; maxBatches: number; cursor: string | null },
    signal: AbortSignal,
  ): Promise<PlanPage> {
    const table = (await this.resolved(signal)).schema.conversations;
    const filter = scopeFilter(table, scope, Date.now());
    if (filter === null) return { batches: [], cursor: null, sourceCount: 0 };
    return this.watched(planPage(this.reader, table, filter, options, { signal }));
  }

  async countDay(scope: SourceScope, signal: AbortSignal): Promise<number> {
    const table = (await this.resolved(signal)).schema.conversations;
    const filter = scopeFilter(table, scope, Date.now());
    return filter === null ? 0 : this.count(filter, { signal });
  }

  async readBatch(
    scope: SourceScope & BatchRange & { runId: string; rowIds?: readonly string[] },
    signal: AbortSignal,
    onProgress?: () => void,
  ): Promise<BatchReading> {
    const { schema, batches } = await this.resolved(signal);
    const fetchedAt = Date.now();
    const filter = scopeFilter(schema.conversations, scope, fetchedAt);
    if (filter === null) return { threads: [], rejects: [], received: { conversations: 0, messages: 0 } };
    const context = { source: this.source, fetchedAt, runId: scope.runId };
    return this.watched(batches.read(filter, scope, context, { signal, onProgress }));
  }

  async chooseReading(
    range: SourceRange,
    options: { batchSize: number; limit?: number | undefined },
    signal: AbortSignal,
  ): Promise<ReadingChoice> {
    const { strategy, reason } = await this.choose(range, options, signal);
    this.notice(`Reading: ${strategy}. ${reason}.`);
    return { strategy, reason };
  }

  private async choose(
    range: SourceRange,
    { batchSize, limit }: { batchSize: number; limit?: number | undefined },
    signal: AbortSignal,
  ): Promise<Choice> {
    const { schema } = await this.resolved(signal);
    const { reading: setting = 'auto', requestsPerSecond } = this.config;
    const options = { setting, requestsPerSecond, batchSize, limit };
    return this.watched(chooseReading(this.reader, schema, range, options, { signal }));
  }

  async *scanConversations(
    appId: string | undefined,
    now: number,
    signal: AbortSignal,
    onProgress?: () => void,
  ): AsyncGenerator<ScannedConversation[], void, undefined> {
    const { schema } = await this.resolved(signal);
    yield* scanConversations(this.reader, schema.conversations, { appId, now }, { signal, onProgress });
  }

  async messageSpans(signal: AbortSignal): Promise<MessageSpans> {
    const { schema } = await this.resolved(signal);
    return this.watched(messageSpans(this.reader, schema, { signal }));
  }

  async *scanMessages(
    span: MessageSpan,
    keys: MessageKeys,
    signal: AbortSignal,
    onProgress?: () => void,
  ): AsyncGenerator<{ rows: number; messages: ScannedMessage[] }, void, undefined> {
    const { schema } = await this.resolved(signal);
    yield* scanMessages(this.reader, schema, span, keys, { signal, onProgress });
  }

  async countMessages(signal: AbortSignal): Promise<number> {
    const { schema } = await this.resolved(signal);
    return this.watched(countMessages(this.reader, schema, { signal }));
  }

  async messageVersions(
    rows: { table: number; rows: readonly string[] },
    signal: AbortSignal,
  ): Promise<MessageVersion[]> {
    const { schema } = await this.resolved(signal);
    return this.watched(messageVersions(this.reader, schema, rows, { signal }));
  }

  async recount(
    range: SourceRange,
    counted: ReadonlyMap<string, number>,
    signal: AbortSignal,
  ): Promise<Map<string, number>> {
    return this.watched(recount(await this.opened(signal), range, counted, { signal }));
  }

  async mark(window: { since: number; until: number }, signal: AbortSignal): Promise<SourceMark | null> {
    const stamps = stampsOf((await this.resolved(signal)).schema);
    if (stamps === null) return null;
    return this.watched(takeMark(this.reader, stamps, this.config, window, { signal }));
  }

  async looksAs(mark: SourceMark, signal: AbortSignal): Promise<boolean> {
    try {
      const { http, reader, config } = this;
      return await looksAs(mark, { http, reader, config }, { signal });
    } catch (error) {
      // A table or column that is gone: whoever looks next says so.
      if (error instanceof PipelineError && error.type === 'SourceSchema') return false;
      throw error;
    }
  }

  async changes(
    {
      appId,
      since,
      window,
    }: { appId?: string | undefined; since: number; window: { since: number; until: number } },
    signal: AbortSignal,
    onProgress?: () => void,
  ): Promise<ChangedConversations | null> {
    const call: Call = { signal, onProgress };
    this.resolving = undefined; // this opens a run, as a survey does
    const { schema } = await this.resolved(signal);
    const stamps = stampsOf(schema);
    if (stamps === null) return null;
    const mark = await this.watched(takeMark(this.reader, stamps, this.config, window, call));
    if (appId !== undefined) await checkApp(this.reader, schema.conversations, appId, call);
    const finder = new ChangeFinder(this.reader, schema, this.source, appId, call);
    return { ...(await this.watched(finder.find(stamps, since))), mark };
  }

  async sweep(signal: AbortSignal, onProgress?: () => void): Promise<SourceSweep> {
    const sweptAt = Date.now();
    const before = this.http.requests;
    this.resolving = undefined; // this opens a run, as a survey does
    const { schema } = await this.resolved(signal);
    const found = await this.watched(sweepTables(this.reader, schema, { signal, onProgress }));
    return { ...found, sweptAt, requests: this.http.requests - before };
  }

  async inspect(signal: AbortSignal): Promise<SourceInspection> {
    return this.watched(inspectSource(await this.opened(signal), { signal }));
  }

  async countDays(range: SourceRange, signal: AbortSignal): Promise<DayCount[]> {
    const counts = await this.watched(countDays(await this.opened(signal), range, { signal }));
    return counts.map(({ day, conversations }) => ({ day, conversations }));
  }

  async forecast(range: SourceRange, options: ForecastOptions, signal: AbortSignal): Promise<SourceForecast> {
    const before = this.http.requests;
    await this.survey(range.appId, signal);
    const { requestsPerSecond } = this.config;
    const choice = await this.choose(range, options, signal);
    const budget = { firstRequests: this.http.requests - before, requestsPerSecond };
    const opened = await this.opened(signal);
    const forecast = await this.watched(forecastRange(opened, range, options, budget, choice, { signal }));
    return { ...forecast, requestsUsed: this.http.requests - before };
  }

  async close(): Promise<void> {
    this.lifetime.abort(new PipelineError('SourceUnavailable', 'The source was closed'));
    await this.http.close();
  }

  private async count(scope: DayScope, call: Call): Promise<number> {
    const { schema } = await this.resolved(call.signal);
    return this.watched(countRows(this.reader, schema.conversations, scope, call));
  }

  private async opened(signal: AbortSignal): Promise<Opened> {
    const { schema } = await this.resolved(signal);
    const { http, reader, source } = this;
    return { http, reader, schema, source, baseId: this.config.projectId };
  }

  /** Looks tables and columns up once for all callers; the abort of one does not end it for the others. */
  private async resolved(signal: AbortSignal): Promise<Resolved> {
    signal.throwIfAborted();
    const known = await this.resolving?.catch(() => undefined);
    if (known && known.expires <= Date.now()) this.resolving = undefined;
    this.resolving ??= this.resolve().catch((error: unknown) => {
      this.resolving = undefined;
      throw error;
    });
    return abortable(this.resolving, signal);
  }

  private async resolve(): Promise<Resolved> {
    const schema = await resolveSchema(this.http, this.config, this.lifetime.signal);
    await probeTimes(this.reader, schema, { signal: this.lifetime.signal });
    return { schema, batches: new BatchReader(this.reader, schema), expires: Date.now() + SCHEMA_TTL_MS };
  }

  /** A column that has gone is looked up anew by the next call. */
  private async watched<T>(task: Promise<T>): Promise<T> {
    try {
      return await task;
    } catch (error) {
      if (error instanceof PipelineError && error.type === 'SourceSchema') this.resolving = undefined;
      throw error;
    }
  }

  private notice(line: string): void {
    if (this.noticed.has(line)) return;
    this.noticed.add(line);
    this.options.onNotice?.(line);
  }
}

async function abortable<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  let wake: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => (wake = resolve));
  signal.addEventListener('abort', wake, { once: true });
  try {
    await Promise.race([task, aborted]);
    signal.throwIfAborted();
    return await task;
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
