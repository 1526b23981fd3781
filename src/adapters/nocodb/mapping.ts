import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { PipelineError } from '../../domain/errors.js';

/** Title, column name or id of a column. */
const column = z.string().trim().min(1);
/** An optional column may be switched off with null, where the name that is found by itself is the wrong one. */
const optional = column.nullable().optional();
const folded = z
  .string()
  .transform((value) => value.trim().toLowerCase())
  .pipe(z.string().min(1));

const MappingFile = z.strictObject({
  conversations: z
    .strictObject({
      id: column.optional(),
      app_id: optional,
      user_id: optional,
      started_at: column.optional(),
      status: optional,
      closed_at: optional,
      created_at: optional,
      updated_at: optional,
    })
    .default({}),
  messages: z
    .strictObject({
      id: column.optional(),
      conversation: column.optional(),
      role: column.optional(),
      content: column.optional(),
      sent_at: column.optional(),
      agent_id: optional,
      is_private: optional,
      attachments: optional,
      created_at: optional,
      updated_at: optional,
    })
    .default({}),
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
export type MessageKey = keyof NocoDbMapping['messages'];

/** Parses a mapping file's text; '' is the empty mapping. Throws SourceSchema that lists every mistake. */
export function parseMapping(text: string): NocoDbMapping {
  let content: unknown;
  try {
    content = parseYaml(text) as unknown;
  } catch (cause) {
    throw new PipelineError('SourceSchema', `The mapping file is not YAML: ${messageOf(cause)}`, { cause });
  }
  const result = MappingFile.safeParse(content ?? {});
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(
    (issue) => `${issue.path.length === 0 ? 'top level' : issue.path.join('.')}: ${issue.message}`,
  );
  throw new PipelineError(
    'SourceSchema',
    `The mapping file has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}: ${mistakes.join('; ')}. docs/source-nocodb.md lists the keys.`,
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
