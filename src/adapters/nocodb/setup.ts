import { dayOf } from '../../domain/period.js';
import { readRole } from '../../domain/process/roles.js';
import type { Actor } from '../../domain/schema.js';
import type { RawThread } from '../../domain/records.js';
import { MappingError } from './columns.js';
import type { NocoDbConfig } from './config.js';
import { NocoDbHttp, type Call } from './http.js';
import { describeTable } from './inspector.js';
import { keyFilters } from './keys.js';
import { mappingOf } from './mapping.js';
import { listBases, listTables, type BaseInfo, type ColumnInfo, type TableInfo } from './meta.js';
import { probeTimes } from './probe.js';
import { BatchReader } from './read.js';
import { RecordReader, rowId } from './records.js';
import type { MessageTable } from './message-table.js';
import { resolveSchema, type SourceSchema } from './schema.js';
import { datedFilters, scopeFilter } from './scope.js';
import { readTime } from './times.js';
import { asText, valueOf } from './values.js';
import { isNotBlank } from './where.js';
import { writtenMapping, type WrittenMapping } from './written-mapping.js';

/** Rows that roles and keys are learned from. */
const ROWS = 1000;
const KEYS = 20;
/** More unknown words than this in a column of roles: it holds names or texts. */
const MAX_ROLES = 8;
const PREVIEW = 5;

/** A conversation as the mapping reads it; holds text, for the person's own terminal. */
export type TrialConversation = RawThread;

/** What a mapping makes of the tables. */
export interface Trial {
  tables: (ReturnType<typeof describeTable> & { unused: string[] })[];
  /** The whole mapping, every column named: what the file is to hold. */
  mapping: WrittenMapping;
  /** The newest conversations. */
  preview: TrialConversation[];
  /** What was decided by looking at rows. */
  notes: string[];
}

/** NocoDB before it is configured: what there is, and what a mapping would make of it. */
export interface NocoDbSetup {
  bases(signal: AbortSignal): Promise<BaseInfo[]>;
  tables(baseId: string, signal: AbortSignal): Promise<TableInfo[]>;
  /**
   * Tries a mapping (what a mapping file holds, not parsed yet), asking wherever two columns are plausible.
   * @throws MappingError with everything that is open
   */
  tryMapping(
    tables: Pick<NocoDbConfig, 'projectId' | 'conversationsTable' | 'messagesTable'>,
    mapping: unknown,
    signal: AbortSignal,
  ): Promise<Trial>;
  close(): Promise<void>;
}

export function openSetup(
  access: Pick<NocoDbConfig, 'baseUrl' | 'apiToken' | 'requestsPerSecond'>,
): NocoDbSetup {
  const http = new NocoDbHttp(access);
  const reader = new RecordReader(http, () => undefined);
  return {
    bases: (signal) => listBases(http, signal),
    tables: (baseId, signal) => listTables(http, baseId, signal),
    tryMapping: async (tables, raw, signal) => {
      const mapping = mappingOf(raw);
      const call = { signal };
      const schema = await resolveSchema(http, { ...access, ...tables }, signal, { mapping, strict: true });
      await probeTimes(reader, schema, call);
      const notes: string[] = [];
      for (const [index, table] of schema.messages.entries()) {
        const prefix = Array.isArray(mapping.messages) ? `messages.${index}` : 'messages';
        const entry = Array.isArray(mapping.messages) ? mapping.messages[index] : mapping.messages;
        const isSaid = entry?.conversation?.holds !== undefined;
        await checkConversationKey(reader, schema, table, { prefix, isSaid, notes }, call);
        await checkRoles(reader, table, prefix, mapping.roles, call);
      }
      const preview = await readPreview(reader, schema, call);
      return {
        tables: schema.findings.map((findings) => describeTable(findings)),
        mapping: writtenMapping(schema, mapping),
        preview,
        notes,
      };
    },
    close: () => http.close(),
  };
}

/**
 * Whether messages name the conversation's id or its primary key, by looking some up. Changes `conversationBy` where
 * only the other one is found.
 * @throws MappingError where both are found, or none
 */
async function checkConversationKey(
  reader: RecordReader,
  schema: SourceSchema,
  table: MessageTable,
  { prefix, isSaid, notes }: { prefix: string; isSaid: boolean; notes: string[] },
  call: Call,
): Promise<void> {
  const { conversations } = schema;
  const { conversation } = table;
  const view = { table: table.table, pk: table.pk, fields: [table.pk, conversation] };
  const { rows } = await reader.page(view, isNotBlank(conversation.id), undefined, ROWS, call);
  const keys = [...new Set(rows.map((row) => asText(valueOf(row, conversation))))]
    .filter((key): key is string => typeof key === 'string' && key !== '')
    .slice(-KEYS);
  if (keys.length === 0) return;
  const byRow = await countFound(reader, schema, conversations.pk, keys, call);
  const byId = conversations.id ? await countFound(reader, schema, conversations.id, keys, call) : 0;
  const [own, other] =
    table.conversationBy === 'row' ? [byRow, byId] : [conversations.id ? byId : byRow, byRow];
  const columns = [conversation.title];
  if (own === 0 && (other === 0 || isSaid || !conversations.id)) {
    const problem = `none of ${keys.length} values of ${conversation.title} is the ${table.conversationBy === 'row' || !conversations.id ? 'primary key' : 'id'} of a conversation`;
    const question = { key: `${prefix}.conversation`, problem, candidates: [], columns };
    throw new MappingError(
      `Mapping key ${prefix}.conversation: ${problem}. Name the column that holds it, or the column of conversations.id.`,
      [question],
    );
  }
  if (own === 0) {
    table.conversationBy = table.conversationBy === 'row' ? 'id' : 'row';
    notes.push(
      `${conversation.title} holds the conversation's ${table.conversationBy === 'row' ? 'primary key' : 'id'}: ${other} of ${keys.length} values were found there, and none as the other.`,
    );
    return;
  }
  const isForeignKey = conversation.uidt === 'ForeignKey';
  if (other > 0 && conversations.id && !isSaid && !isForeignKey) {
    const problem = `values of ${conversation.title} are found both as ids (${byId} of ${keys.length}) and as primary keys (${byRow}) of conversations`;
    throw new MappingError(
      `Mapping key ${prefix}.conversation.holds: ${problem}. Say which: id or primary_key.`,
      [{ key: `${prefix}.conversation.holds`, problem, candidates: ['id', 'primary_key'], columns: [] }],
    );
  }
}

async function countFound(
  reader: RecordReader,
  { conversations }: SourceSchema,
  column: ColumnInfo,
  keys: readonly string[],
  call: Call,
): Promise<number> {
  // A text is never the number that a primary key is, and some databases refuse to compare them.
  const asked = column.pk && column.uidt === 'ID' ? keys.filter((key) => /^\d{1,15}$/.test(key)) : keys;
  const view = { table: conversations.table, pk: conversations.pk, fields: [conversations.pk, column] };
  const rows = (await reader.all(view, keyFilters(column, asked, KEYS), call)).flat();
  const found = new Set(rows.map((row) => (column.pk ? rowId(row, column) : asText(valueOf(row, column)))));
  return keys.filter((key) => found.has(key)).length;
}

/** @throws MappingError for each role of the first rows that neither the defaults nor the mapping knows */
async function checkRoles(
  reader: RecordReader,
  table: MessageTable,
  prefix: string,
  known: Readonly<Record<string, Actor>>,
  call: Call,
): Promise<void> {
  const { role } = table;
  if ('always' in role) return;
  const view = { table: table.table, pk: table.pk, fields: [table.pk, role] };
  const { rows } = await reader.page(view, isNotBlank(role.id), undefined, ROWS, call);
  const extra = new Map(Object.entries(known));
  const words = new Set<string>();
  for (const row of rows) {
    const word = asText(valueOf(row, role));
    if (typeof word === 'string' && !readRole(word, extra).known) words.add(word.trim().toLowerCase());
  }
  words.delete('');
  if (words.size === 0) return;
  if (words.size > MAX_ROLES) {
    const problem = `${role.title} holds ${words.size} different words that are no known role: it may hold names`;
    throw new MappingError(`Mapping key ${prefix}.role: ${problem}. Name the column that says user or bot.`, [
      { key: `${prefix}.role`, problem, candidates: [], columns: [] },
    ]);
  }
  const questions = [...words].sort().map((word) => ({
    key: `roles.${word}`,
    problem: `${role.title} says ${JSON.stringify(word)}, and whether that is the user, a bot or an agent is not known`,
    candidates: ['user', 'bot', 'agent', 'system', 'other'],
    columns: [],
  }));
  throw new MappingError(
    `Mapping key ${questions[0]?.key ?? 'roles'}: ${questions[0]?.problem ?? ''}. Say user, bot, agent, system or other.`,
    questions,
  );
}

/** The newest conversations, read as a run reads them. */
async function readPreview(reader: RecordReader, schema: SourceSchema, call: Call): Promise<RawThread[]> {
  const table = schema.conversations;
  const time = table.startedAt;
  const view = { table: table.table, pk: table.pk, fields: [table.pk, time.column] };
  const newest: { id: string; start: number }[] = [];
  const now = Date.now();
  for (const { filter, keep } of datedFilters(table, undefined, now)) {
    for (const row of await reader.edge(view, filter, time.column, { last: true, limit: PREVIEW }, call)) {
      const start = readTime(row, time);
      if (start !== null && (keep?.(start) ?? true)) newest.push({ id: rowId(row, table.pk), start });
    }
  }
  const batches = new BatchReader(reader, schema);
  const threads: RawThread[] = [];
  for (const { id, start } of newest.sort((a, b) => b.start - a.start).slice(0, PREVIEW)) {
    const scope = scopeFilter(table, { day: dayOf(start) }, now);
    if (!scope) continue;
    const context = { source: 'preview', fetchedAt: now, runId: 'preview' };
    const reading = await batches.read(scope, { idFrom: id, idTo: id, count: 1 }, context, call);
    threads.push(...reading.threads);
  }
  return threads;
}
