import { PipelineError } from '../../domain/errors.js';
import { countDays } from '../../domain/period.js';
import { costOfAsking, costOfSweep, type Cost, type SourceFacts } from '../../domain/reading/strategy.js';
import type { ReadingChoice, SourceRange } from '../../ports/conversation-source.js';
import type { ReadingSetting } from './config.js';
import type { Call } from './http.js';
import { QUERIES_A_REQUEST, type RecordReader } from './records.js';
import { conversationView, messageView } from './scan.js';
import type { MessageTable } from './message-table.js';
import type { SourceSchema } from './schema.js';
import { rangeFilter } from './scope.js';
import { extentOf, type Extent } from './windows.js';

/** Which of the ways of reading a range takes, by what the base offers and by what it costs. */

export interface ChoiceOptions {
  setting: ReadingSetting;
  requestsPerSecond: number;
  batchSize: number;
  limit?: number | undefined;
}

/** What the choice rests on; a forecast goes on from it. */
export interface Choice extends ReadingChoice {
  /** Extent of each table, conversations first; absent where they were not looked at or cannot be walked. */
  extents?: Extent[];
  /** Conversations of the range, by the source's count; where the server cannot tell days apart, more. */
  inRange?: number;
}

export async function chooseReading(
  reader: RecordReader,
  schema: SourceSchema,
  range: SourceRange,
  options: ChoiceOptions,
  call: Call,
): Promise<Choice> {
  const { setting } = options;
  const isLinked = schema.messages.every((table) => isIndexed(table));
  const ask = isLinked ? ('link' as const) : ('in' as const);
  if (setting === 'link' && !isLinked) throw notLinked(schema.messages);
  const asked = setting === 'in' || setting === 'link';
  if (asked) return { strategy: setting, reason: `NOCODB_READING=${setting} asks for it` };
  if (options.limit !== undefined) return { strategy: ask, reason: 'a limit asks for a part of the range' };

  const extents: Extent[] = [];
  for (const view of [conversationView(schema.conversations), ...schema.messages.map(messageView)]) {
    const extent = await extentOf(reader, view, call);
    if ('reason' in extent) {
      if (setting === 'auto') return { strategy: ask, reason: extent.reason };
      throw new PipelineError('SourceSchema', `NOCODB_READING=sweep: ${extent.reason}`);
    }
    extents.push(extent);
  }
  if (setting === 'sweep') return { strategy: 'sweep', reason: 'NOCODB_READING=sweep asks for it', extents };
  const scope = rangeFilter(schema.conversations, range, Date.now());
  const inRange = scope === null ? 0 : await reader.count(schema.conversations.table, scope.filter, call);
  const facts = factsOf(reader, schema, extents, { range, inRange, ...options });
  return { ...cheaper(facts, ask, schema), extents, inRange };
}

/** NocoDB makes an index for the key of a link, and for the primary key; for no other column. */
function isIndexed({ conversation }: MessageTable): boolean {
  return conversation.uidt === 'ForeignKey' || conversation.pk;
}

function factsOf(
  reader: RecordReader,
  schema: SourceSchema,
  extents: readonly Extent[],
  more: { range: SourceRange; inRange: number } & ChoiceOptions,
): SourceFacts {
  const [conversations, ...messages] = extents.map(({ rows }) => rows);
  return {
    conversations: conversations ?? 0,
    lookup: schema.conversations.id !== undefined,
    messages: schema.messages.map((table, index) => ({
      rows: messages[index] ?? 0,
      indexed: isIndexed(table),
    })),
    inRange: more.inRange,
    days: countDays(more.range.startDate, more.range.endDate),
    batchSize: more.batchSize,
    pagesARequest: reader.hasBulk === false ? 1 : QUERIES_A_REQUEST,
    requestsPerSecond: more.requestsPerSecond,
  };
}

function cheaper(facts: SourceFacts, ask: 'link' | 'in', { messages }: SourceSchema): ReadingChoice {
  const [asking, sweep] = [costOfAsking(facts), costOfSweep(facts)];
  const rows = facts.messages.reduce((sum, table) => sum + table.rows, facts.conversations);
  const walking = `walking all ${count(rows)} rows once, ${summary(sweep)}`;
  const names = messages.map(({ conversation }) => conversation.title).join(' and ');
  const index = ask === 'link' ? 'which NocoDB indexes' : 'which NocoDB does not index';
  const keys = `asking for ${count(facts.inRange)} conversations by ${names}, ${index}: ${summary(asking)}`;
  if (asking.ms <= sweep.ms) return { strategy: ask, reason: `${keys}; ${walking}` };
  return { strategy: 'sweep', reason: `${walking}; ${keys} and ${count(asking.scans)} scans of a table` };
}

function summary({ requests, ms }: Cost): string {
  return `about ${count(requests)} requests and ${count(Math.max(1, Math.round(ms / 1000)))} s`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

function notLinked(tables: readonly MessageTable[]): PipelineError {
  const names = tables.map(({ table, conversation }) => `${table.title}.${conversation.title}`).join(', ');
  return new PipelineError(
    'InvalidInput',
    `NOCODB_READING=link needs messages that name their conversation by a foreign key, and ${names} is none. ` +
      'Allowed are auto, in and sweep. Leave NOCODB_READING out: auto takes what is cheapest.',
  );
}
