import type { ReadingChoice, SourceRange } from './conversation-source.js';

export type { SourceRange } from './conversation-source.js';

/** What can be learned of a source before anything is collected. Only reads. */

export interface InspectedColumn {
  /** Mapping key within its table: `user_id`. */
  key: string;
  /** Title of the column; null: nothing serves the key. */
  column: string | null;
  /** The source's own type of it. */
  type: string | null;
  /** Why it was taken: by the mapping, a usual name, its type …; null where nothing was. */
  how: string | null;
  /** What is special: a time zone, epoch numbers, a fixed role. */
  detail: string | null;
  /** What stays null or is not measured without it; null where a column serves the key. */
  cost: string | null;
}

export interface InspectedTable {
  kind: 'conversations' | 'messages';
  title: string;
  id: string;
  rows: number;
  /** Beginning of its mapping keys: `conversations`, `messages`, `messages.0`. */
  prefix: string;
  columns: InspectedColumn[];
  /** Titles of columns that nothing is read from. */
  unused: string[];
}

export interface SourceInspection {
  source: string;
  base: { id: string; title: string | null };
  tables: InspectedTable[];
  /** Conversation rows that match no range. */
  undatedConversations: number;
  /** UTC days of the oldest and newest conversation; null where there is none. */
  firstDay: string | null;
  lastDay: string | null;
  /** Conversation rows that some range holds: all less the undated. */
  datedConversations: number;
}

export interface DayCount {
  day: string;
  conversations: number;
}

export interface ForecastOptions {
  batchSize: number;
  /** Batches a page of the plan. */
  maxBatches: number;
  /** Batches that are read at a time. */
  parallel: number;
  limit?: number | undefined;
}

export interface SourceForecast {
  /** How a run would read the range now. */
  reading: ReadingChoice;
  days: DayCount[];
  /** Counted by the source, cut to the limit. */
  conversations: number;
  /** Estimated from the sampled batches; where nothing is sampled, from the rows of the messages tables. */
  messages: number;
  batches: number;
  /** Requests that the run will send, its survey and plan included. */
  requests: number;
  /** Wall milliseconds for them: by the budget, or by the server's own speed where that is slower. */
  ms: number;
  requestsPerSecond: number;
  sampled: { batches: number; conversations: number; messages: number };
  /** Requests that the forecast itself sent. */
  requestsUsed: number;
}

/** Every method may throw PipelineError of the Source* kinds. */
export interface SourceInspector {
  /** What is there, and what each column is taken for. */
  inspect(signal: AbortSignal): Promise<SourceInspection>;
  /** Conversation rows of each day of a range. */
  countDays(range: SourceRange, signal: AbortSignal): Promise<DayCount[]>;
  /** What collecting a range would take: counts by day; messages and requests from a few batches that are read. */
  forecast(range: SourceRange, options: ForecastOptions, signal: AbortSignal): Promise<SourceForecast>;
}
