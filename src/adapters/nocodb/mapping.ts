import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { PipelineError } from '../../domain/errors.js';
import { isZone } from '../../domain/zones.js';

/** Title, column name or id of a column. */
const column = z.string().trim().min(1);
/** An optional column may be switched off with null, where the name that is found by itself is the wrong one. */
const optional = column.nullable().optional();
const timezone = z
  .string()
  .trim()
  .refine(isZone, 'is not a time zone: give an IANA name such as Europe/Berlin, or UTC');
/** A column of times; with `timezone` where its clock is that of a zone. */
const time = z.union([
  column.transform((name) => ({ column: name, timezone: undefined })),
  z.strictObject({ column: column.optional(), timezone: timezone.optional() }),
]);
const optionalTime = time.nullable().optional();
const folded = z
  .string()
  .transform((value) => value.trim().toLowerCase())
  .pipe(z.string().min(1));

const Conversations = z.strictObject({
  id: column.optional(),
  app_id: optional,
  user_id: optional,
  started_at: time.optional(),
  status: optional,
  closed_at: optionalTime,
  created_at: optionalTime,
  updated_at: optionalTime,
});

const Messages = z.strictObject({
  /** Id, title or table name; only in a list of tables. */
  table: z.string().trim().min(1).optional(),
  /** What the ids of this table's messages begin with; default the fixed role. Only in a list of tables. */
  prefix: z
    .string()
    .regex(/^[\w.-]{1,40}$/, 'may hold 1 to 40 letters, digits, dots, _ and -')
    .optional(),
  id: column.optional(),
  conversation: z
    .union([
      column.transform((name) => ({ column: name, holds: undefined })),
      z.strictObject({ column: column.optional(), holds: z.enum(['id', 'primary_key']).optional() }),
    ])
    .optional(),
  role: z
    .union([column, z.strictObject({ always: z.enum(['user', 'bot', 'agent', 'system', 'other']) })])
    .optional(),
  content: optional,
  sent_at: time.optional(),
  agent_id: optional,
  is_private: optional,
  attachments: optional,
  created_at: optionalTime,
  updated_at: optionalTime,
});
export type MessagesMapping = z.infer<typeof Messages>;

const MappingFile = z.strictObject({
  /** Zone of times that are written as text without an offset. */
  timezone: timezone.optional(),
  conversations: Conversations.default({}),
  /** One table, or a list of them. */
  messages: z.union([Messages, z.array(Messages).min(1)]).default({}),
  /** Role in the source → actor. */
  roles: z.record(folded, z.enum(['user', 'bot', 'agent', 'system', 'other'])).default({}),
  /** Status in the source → what it means; `escalated` is open, with outcome escalated. */
  statuses: z.record(folded, z.enum(['open', 'closed', 'escalated'])).default({}),
});

/**
 * The mapping file: columns by our names, and the source's own words for roles and statuses (trimmed and
 * lower-cased). docs/source-nocodb.md is its reference.
 */
export type NocoDbMapping = z.infer<typeof MappingFile>;
export type ConversationKey = keyof NocoDbMapping['conversations'];
export type MessageKey = Exclude<keyof MessagesMapping, 'table' | 'prefix'>;

/** Parses a mapping file's text; '' is the empty mapping. Throws SourceSchema that lists every mistake. */
export function parseMapping(text: string): NocoDbMapping {
  let content: unknown;
  try {
    content = parseYaml(text) as unknown;
  } catch (cause) {
    throw new PipelineError('SourceSchema', `The mapping file is not YAML: ${messageOf(cause)}`, { cause });
  }
  return mappingOf(content ?? {});
}

/** The same for what a mapping file holds, already read. */
export function mappingOf(content: unknown): NocoDbMapping {
  const result = MappingFile.safeParse(content);
  if (result.success) return withTables(result.data);
  const mistakes = result.error.issues.flatMap((issue) => mistakesOf(issue));
  throw new PipelineError(
    'SourceSchema',
    `The mapping file has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}: ${mistakes.join('; ')}. docs/source-nocodb.md lists the keys.`,
  );
}

/** In a list, each table must be named, and ids must not meet: the primary keys of two tables both begin at 1. */
function withTables(mapping: NocoDbMapping): NocoDbMapping {
  const { messages } = mapping;
  if (!Array.isArray(messages)) {
    if (messages.table === undefined && messages.prefix === undefined) return mapping;
    throw mistake(
      'messages.table and messages.prefix belong to a list of tables; one table is named by NOCODB_MESSAGES_TABLE',
    );
  }
  const prefixes = messages.map((entry) => {
    const fixed = typeof entry.role === 'object' ? entry.role.always : undefined;
    return entry.prefix ?? fixed;
  });
  messages.forEach((entry, index) => {
    const at = `messages.${index}`;
    if (entry.table === undefined) throw mistake(`${at}.table is missing: each table of a list is named`);
    const prefix = prefixes[index];
    if (prefix === undefined || prefixes.indexOf(prefix) !== index) {
      throw mistake(
        `${at}.prefix: ${prefix === undefined ? 'is missing' : `${prefix} is that of another table`}; message ids of several tables need a prefix each`,
      );
    }
    entry.prefix = prefix;
  });
  return mapping;
}

function mistake(text: string): PipelineError {
  return new PipelineError(
    'SourceSchema',
    `The mapping file has a mistake: ${text}. docs/source-nocodb.md lists the keys.`,
  );
}

/** Of a union's forms, the mistakes of the one that fits best: those of objects name the key. */
function mistakesOf(issue: z.core.$ZodIssue, above: PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const forms = issue.errors.filter((errors) =>
      errors.some((error) => error.code !== 'invalid_type' || error.path.length > 0),
    );
    const [best] = forms.length > 0 ? forms : issue.errors;
    if (best && forms.length > 0) return best.flatMap((inner) => mistakesOf(inner, path));
  }
  return [`${path.length === 0 ? 'top level' : path.join('.')}: ${issue.message}`];
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
