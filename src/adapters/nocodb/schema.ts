import { readFile } from 'node:fs/promises';
import { PipelineError } from '../../domain/errors.js';
import { Questions } from './columns.js';
import type { NocoDbConfig } from './config.js';
import { conversationTable, type ConversationTable } from './conversation-table.js';
import type { FoundColumn } from './finder.js';
import type { NocoDbHttp } from './http.js';
import { parseMapping, type MessagesMapping, type NocoDbMapping } from './mapping.js';
import { messageTable, type MessageTable } from './message-table.js';
import { findTable, listColumns, listTables, type ColumnInfo, type TableInfo } from './meta.js';

/** What became of the columns of a table. */
export interface TableFindings {
  kind: 'conversations' | 'messages';
  /** Beginning of its mapping keys: `conversations`, `messages`, `messages.0`. */
  prefix: string;
  table: TableInfo;
  found: FoundColumn[];
  /** Every column of the table. */
  columns: ColumnInfo[];
}

export interface SourceSchema {
  conversations: ConversationTable;
  /** One, or one a role. */
  messages: MessageTable[];
  /** Optional mapping keys that no column serves. */
  unmapped: string[];
  /** How each column was found, conversations first. */
  findings: TableFindings[];
}

export interface ResolveOptions {
  /** Already read; else `config.mapping` is. */
  mapping?: NocoDbMapping;
  /** Ask wherever more than one column is plausible, instead of taking the better name. */
  strict?: boolean;
}

/**
 * Finds tables and columns: mapping file first, then usual names, then the table's own system columns.
 * @throws MappingError with everything that the tables leave open
 */
export async function resolveSchema(
  http: NocoDbHttp,
  config: NocoDbConfig,
  signal: AbortSignal,
  options: ResolveOptions = {},
): Promise<SourceSchema> {
  const mapping = options.mapping ?? (await readMapping(config.mapping));
  const tables = await listTables(http, config.projectId, signal);
  const conversations = findTable(
    tables,
    config.conversationsTable ?? 'conversations',
    'NOCODB_CONVERSATIONS_TABLE',
  );
  const messages = messageTables(tables, config, mapping);
  const questions = new Questions();
  const context = { mapping, questions, strict: options.strict ?? false };

  const columns = await listColumns(http, conversations.id, signal);
  const first = conversationTable(conversations, columns, context);
  const results = [];
  for (const [index, { table, entry }] of messages.entries()) {
    const prefix = Array.isArray(mapping.messages) ? `messages.${index}` : 'messages';
    const own = await listColumns(http, table.id, signal);
    results.push({
      ...messageTable(table, own, conversations.id, entry, prefix, context),
      prefix,
      table,
      columns: own,
    });
  }
  questions.throwIfAny();
  const read = results.flatMap((result) => result.result ?? []);
  // Without a result there is a question, and that was thrown.
  if (!first.result || read.length !== results.length)
    throw new Error('a table was left open without a question');
  const findings: TableFindings[] = [
    { kind: 'conversations', prefix: 'conversations', table: conversations, found: first.found, columns },
    ...results.map(({ prefix, table, found, columns: own }) => ({
      kind: 'messages' as const,
      prefix,
      table,
      found,
      columns: own,
    })),
  ];
  return {
    conversations: first.result,
    messages: read,
    unmapped: findings.flatMap(({ prefix, found }) =>
      found.filter((entry) => entry.isNotice && !entry.column).map((entry) => `${prefix}.${entry.key}`),
    ),
    findings,
  };
}

function messageTables(
  tables: readonly TableInfo[],
  config: NocoDbConfig,
  mapping: NocoDbMapping,
): { table: TableInfo; entry: MessagesMapping }[] {
  const { messages } = mapping;
  if (!Array.isArray(messages)) {
    const table = findTable(tables, config.messagesTable ?? 'messages', 'NOCODB_MESSAGES_TABLE');
    return [{ table, entry: messages }];
  }
  if (config.messagesTable !== undefined) {
    throw new PipelineError(
      'SourceSchema',
      `NOCODB_MESSAGES_TABLE=${config.messagesTable} names one table, and the mapping file lists ${messages.length}. Remove NOCODB_MESSAGES_TABLE.`,
    );
  }
  return messages.map((entry, index) => ({
    table: findTable(tables, entry.table ?? '', `mapping key messages.${index}.table`),
    entry,
  }));
}

export async function readMapping(path: string | undefined): Promise<NocoDbMapping> {
  if (path === undefined || path === '') return parseMapping('');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? 'unknown error';
    throw new PipelineError('SourceSchema', `NOCODB_MAPPING=${path} cannot be read (${code})`, { cause });
  }
  return parseMapping(text);
}
