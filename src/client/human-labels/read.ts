import { MESSAGE_TASKS } from '../../domain/categorize/human.js';
import { SENTIMENTS, type Taxonomy } from '../../domain/categorize/taxonomy.js';
import { conversationKey } from '../../domain/records.js';
import { TASKS, type Task } from '../../domain/schema.js';
import type { StoredLabel } from '../../ports/human-labels.js';
import { parseCsv } from '../../training/delimited.js';
import { UsageError } from '../errors.js';

/** Columns of a file of labels; the first three must be there. */
export const LABEL_COLUMNS = ['conversation_id', 'task', 'label', 'message_id', 'source'] as const;
type Column = (typeof LABEL_COLUMNS)[number];
type Fields = Partial<Record<Column, string>>;

/** A line that holds no label that could be kept, and why. */
export interface RejectedLine {
  line: number;
  reason: string;
  content: string;
}

export interface ReadLabels {
  labels: StoredLabel[];
  rejected: RejectedLine[];
}

interface Context {
  taxonomy: Taxonomy;
  /** Of lines that name none. */
  source: string | undefined;
  now: number;
}

/**
 * Reads labels: CSV with a header, or a JSON object a line where the name ends in `.jsonl` or `.ndjson`. Lines that
 * cannot be read, or whose label is not in the taxonomy, are returned apart.
 * @throws UsageError where the file as a whole is not of that form
 */
export function readLabelLines(name: string, content: string, context: Context): ReadLabels {
  const lines = /\.(jsonl|ndjson)$/i.test(name) ? jsonLines(content) : csvLines(name, content);
  const result: ReadLabels = { labels: [], rejected: [] };
  const seen = new Map<string, { line: number; label: string }>();
  for (const { line, content: text, fields } of lines) {
    const read = fields === null ? 'is not a JSON object with text values' : labelOf(fields, context);
    const reason = typeof read === 'string' ? read : contradiction(seen, read, line);
    if (reason !== null) result.rejected.push({ line, reason, content: text });
    else if (typeof read !== 'string') result.labels.push(read);
  }
  return result;
}

interface Line {
  line: number;
  content: string;
  fields: Fields | null;
}

function jsonLines(content: string): Line[] {
  return content
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((text, n) =>
      text.trim() === '' ? [] : [{ line: n + 1, content: text, fields: jsonFields(text) }],
    );
}

function jsonFields(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const fields: Fields = {};
    for (const [key, field] of Object.entries(value)) {
      if (!(LABEL_COLUMNS as readonly string[]).includes(key) || field === null) continue;
      if (typeof field !== 'string' && typeof field !== 'number') return null;
      fields[key as Column] = String(field);
    }
    return fields;
  } catch {
    return null;
  }
}

function csvLines(name: string, content: string): Line[] {
  const [header = [], ...rows] = parseCsv(content);
  const columns = header.map((column) => column.trim());
  const missing = LABEL_COLUMNS.slice(0, 3).filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    throw new UsageError(
      `${JSON.stringify(name)} has no column ${missing.join(', ')} in its first line.\n` +
        `Allowed is CSV with the columns conversation_id, task, label, and if need be message_id and source; or the same as JSON lines in a file named .jsonl.\n` +
        'For example: conversation_id,message_id,task,label',
    );
  }
  return rows.flatMap((row, n) => {
    if (row.every((cell) => cell.trim() === '')) return [];
    const fields: Fields = {};
    for (const column of LABEL_COLUMNS) {
      const cell = row[columns.indexOf(column)];
      if (cell !== undefined && cell !== '') fields[column] = cell;
    }
    return [{ line: n + 2, content: row.join(','), fields }];
  });
}

/** The label, or why it is none. */
function labelOf(fields: Fields, { taxonomy, source: usual, now }: Context): StoredLabel | string {
  const { conversation_id: conversationId, message_id: messageId, label, source = usual } = fields;
  if (conversationId === undefined) return 'has no conversation_id';
  if (source === undefined) return 'has no source, and none is configured: give --source';
  const task = fields.task?.trim();
  if (!isTask(task)) return `task ${JSON.stringify(task ?? '')}: allowed are ${TASKS.join(', ')}`;
  if (messageId !== undefined && !MESSAGE_TASKS.includes(task)) {
    return `a message has no ${task}: allowed with message_id are ${MESSAGE_TASKS.join(', ')}`;
  }
  const allowed = allowedLabels(taxonomy, task);
  const wanted = label?.trim() ?? '';
  if (!allowed.includes(wanted)) {
    return `label ${JSON.stringify(wanted)} is no ${task} of taxonomy ${taxonomy.version}: allowed are ${allowed.join(', ')}`;
  }
  return {
    conversationKey: conversationKey(source, conversationId),
    messageId: messageId ?? null,
    task,
    label: wanted,
    taxonomyVersion: taxonomy.version,
    labelledAt: now,
  };
}

function isTask(task: string | undefined): task is Task {
  return (TASKS as readonly string[]).includes(task ?? '');
}

function allowedLabels({ topics, intents }: Taxonomy, task: Task): readonly string[] {
  if (task === 'sentiment') return SENTIMENTS;
  return (task === 'topic' ? topics : intents).map(({ id }) => id);
}

/** Why a label cannot stand beside an earlier one of the same file; null: it can. */
function contradiction(
  seen: Map<string, { line: number; label: string }>,
  { conversationKey: key, messageId, task, label }: StoredLabel,
  line: number,
): string | null {
  const subject = JSON.stringify([key, messageId, task]);
  const earlier = seen.get(subject);
  if (earlier === undefined) seen.set(subject, { line, label });
  return earlier === undefined || earlier.label === label
    ? null
    : `says ${label} where line ${earlier.line} says ${earlier.label} of the same`;
}
