import { PipelineError } from '../../domain/errors.js';
import { withoutText } from '../../domain/process/index.js';
import {
  CATEGORIES,
  CONVERSATIONS,
  MESSAGES,
  type CategoryRow,
  type ConversationRow,
  type MessageRow,
} from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import {
  COLUMNS_AFTER_PROCESS,
  type ConversationFacts,
  type LabelledThread,
  type ThreadFacts,
} from '../../domain/thread.js';
import { iterateNdjson, packLines, packNdjson } from './ndjson.js';

/**
 * Threads between the stages: a line each, rows as arrays of their values in the order of the schema. What a message or a
 * label repeats of its conversation is left out, and a raw text that is the text itself is not written twice. The labels
 * are staged without the messages, which are staged already.
 */

/** Columns of children that are their conversation's. */
const OF_CONVERSATION = [
  'conversation_key',
  'app_id',
  'source',
  'fetched_at',
  'run_id',
  'schema_version',
] as const;
const FACTS = columnsOf(CONVERSATIONS, COLUMNS_AFTER_PROCESS);
const CONVERSATION = columnsOf(CONVERSATIONS, []);
const MESSAGE = columnsOf(MESSAGES, OF_CONVERSATION);
const CATEGORY = columnsOf(CATEGORIES, OF_CONVERSATION);
const TEXT = MESSAGE.indexOf('text');
const RAW = MESSAGE.indexOf('text_raw');
/** In place of a raw text: the same as the text. */
const AS_TEXT = true;

type Values = unknown[];
type Row = Readonly<Record<string, unknown>>;

/** What is staged of a batch for its storing: the facts, and the labels beside them. */
export interface StagedLabels {
  facts: Uint8Array;
  labelled: Uint8Array;
}

/** Packed NDJSON of `[conversation, messages]`. */
export function encodeFacts(threads: Iterable<ThreadFacts>): Uint8Array {
  return packNdjson(factLines(threads));
}

/** What `encodeFacts` wrote, one thread at a time. Throws PipelineError LakeCorrupt where the bytes are something else. */
export function* iterateFacts(bytes: Uint8Array): Generator<ThreadFacts, void, undefined> {
  for (const line of iterateNdjson<[Values, Values[]] | ThreadFacts>(bytes)) {
    yield Array.isArray(line) ? readFacts(line) : line; // whole objects: staged by release 0.2.0
  }
}

/** Packed NDJSON of `[conversation, categories]`, in the order of the threads. */
export function encodeLabelled(threads: readonly LabelledThread[]): Uint8Array {
  return packLines(threads.map(labelledLine));
}

/** One line of it. */
export function labelledLine({ conversation, categories }: LabelledThread): string {
  return JSON.stringify([
    valuesOf(CONVERSATION, conversation),
    categories.map((row) => valuesOf(CATEGORY, row)),
  ]);
}

/**
 * Labels and the messages they are of, one thread at a time.
 * @param storeText `none`: without the texts, which only the stages before needed
 * @throws PipelineError LakeCorrupt where the two are not of the same threads
 */
export function* joinLabelled(
  { facts, labelled }: StagedLabels,
  storeText: 'all' | 'none',
): Generator<LabelledThread, void, undefined> {
  const threads = iterateFacts(facts);
  for (const line of iterateNdjson<[Values, Values[]] | LabelledThread>(labelled)) {
    if (!Array.isArray(line)) {
      yield line; // a whole thread: staged by release 0.2.0
      continue;
    }
    const conversation = toRow(CONVERSATION, line[0]) as unknown as ConversationRow;
    const thread = threads.next().value;
    if (thread?.conversation.conversation_key !== conversation.conversation_key) {
      throw new PipelineError(
        'LakeCorrupt',
        'staged labels are not those of the staged facts: run the collection of this range again',
      );
    }
    yield {
      conversation,
      messages: storeText === 'all' ? thread.messages : withoutText(thread.messages),
      categories: line[1].map((values) => childOf(conversation, CATEGORY, values) as unknown as CategoryRow),
    };
  }
}

function* factLines(threads: Iterable<ThreadFacts>): Generator<[Values, Values[]]> {
  for (const { conversation, messages } of threads) {
    yield [valuesOf(FACTS, conversation), messages.map(messageValues)];
  }
}

function readFacts([values, messages]: [Values, Values[]]): ThreadFacts {
  const conversation = toRow(FACTS, values) as unknown as ConversationFacts;
  return { conversation, messages: messages.map((message) => readMessage(conversation, message)) };
}

function messageValues(message: MessageRow): Values {
  const values = valuesOf(MESSAGE, message);
  if (message.text !== null && message.text_raw === message.text) values[RAW] = AS_TEXT;
  return values;
}

function readMessage(conversation: ConversationFacts, values: Values): MessageRow {
  if (values[RAW] === AS_TEXT) values[RAW] = values[TEXT];
  return childOf(conversation, MESSAGE, values) as unknown as MessageRow;
}

function columnsOf({ columns }: AnyTable, without: readonly string[]): string[] {
  return Object.keys(columns).filter((column) => !without.includes(column));
}

function valuesOf(columns: readonly string[], row: Row): Values {
  return columns.map((column) => row[column]);
}

function toRow(columns: readonly string[], values: Values): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) row[columns[i] as string] = values[i];
  return row;
}

function childOf(
  conversation: Pick<ConversationFacts, (typeof OF_CONVERSATION)[number]>,
  columns: readonly string[],
  values: Values,
): Record<string, unknown> {
  const row = toRow(columns, values);
  row['conversation_key'] = conversation.conversation_key;
  row['source'] = conversation.source;
  row['fetched_at'] = conversation.fetched_at;
  row['run_id'] = conversation.run_id;
  row['schema_version'] = conversation.schema_version;
  if (columns === MESSAGE) row['app_id'] = conversation.app_id;
  return row;
}
