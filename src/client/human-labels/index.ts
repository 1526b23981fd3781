import { readFile, writeFile } from 'node:fs/promises';
import { defaultModelDir } from '../../adapters/classifier/index.js';
import { readModelTaxonomy } from '../../adapters/classifier/taxonomy-file.js';
import { createHumanLabelStore } from '../../adapters/human-labels/index.js';
import { openLakeReader } from '../../adapters/lake/index.js';
import type { Config } from '../../config.js';
import { TASKS } from '../../domain/schema.js';
import type { StoredLabel } from '../../ports/human-labels.js';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type Io } from '../globals.js';
import { withLakeStore } from '../lake-store.js';
import { colorsFor } from '../render/colors.js';
import { count, plural } from '../render/format.js';
import { textTable } from '../render/table.js';
import { findSurroundings, lakeLocation } from '../surroundings.js';
import { LABEL_COLUMNS, readLabelLines, type RejectedLine } from './read.js';

/** Reasons that are told on the terminal; the file holds all. */
const REASONS_TOLD = 3;

export interface ImportRequest {
  file: string;
  source?: string | undefined;
  json: boolean;
}

/** The `labels import` command. Lines that cannot be used are written to a file of their own; all others are kept. */
export async function importLabels(request: ImportRequest, io: Io): Promise<ExitCode> {
  const { config } = await findSurroundings(io);
  const content = await readLabelFile(request.file);
  const { labels, rejected } = readLabelLines(request.file, content, {
    taxonomy: readModelTaxonomy(config.modelDir ?? defaultModelDir()),
    source: request.source ?? config.nocodb?.source ?? config.nocodb?.projectId,
    now: Date.now(),
  });
  const rejectsFile = rejected.length === 0 ? null : await writeRejects(request.file, rejected);
  return withLakeStore(config, async (store) => {
    const put = await createHumanLabelStore(store).put(labels);
    const keys = [...new Set(labels.map(({ conversationKey }) => conversationKey))];
    const stored = await openLakeReader(store).findConversations(keys);
    const days = [...new Set(stored.values())].sort();
    const result = {
      ...put,
      conversations: keys.length,
      stored: stored.size,
      days,
      rejected: rejected.length,
      rejectsFile,
    };
    if (request.json) printJson(io, result);
    else printLines(io.stdout, importLines(result, lakeLocation(config)));
    printLines(io.stderr, rejectLines(rejected, rejectsFile));
    if (rejected.length === 0) return EXIT.complete;
    return labels.length === 0 ? EXIT.usage : EXIT.partial;
  });
}

function importLines(
  result: {
    added: number;
    changed: number;
    unchanged: number;
    conversations: number;
    stored: number;
    days: string[];
  },
  location: string,
): string[] {
  const { added, changed, unchanged, conversations, stored, days } = result;
  const later = conversations - stored;
  const [first = '', last = first] = [days[0], days.at(-1)];
  return [
    `${plural(added + changed + unchanged, 'label')} of ${plural(conversations, 'conversation')} in ${location}: ` +
      `${count(added)} added, ${count(changed)} changed, ${count(unchanged)} as they were.`,
    ...(later === 0
      ? []
      : [`  ${plural(later, 'conversation')} not collected yet: labelled so when they are.`]),
    ...(days.length === 0
      ? []
      : [
          `  ${plural(stored, 'conversation')} in ${plural(days.length, 'stored day')} (${first} to ${last}). Apply the labels there:`,
          `  conversation-analytics recategorize --start-date ${first} --end-date ${last}`,
        ]),
  ];
}

function rejectLines(rejected: readonly RejectedLine[], file: string | null): string[] {
  if (file === null) return [];
  return [
    `${plural(rejected.length, 'line')} could not be used, and ${rejected.length === 1 ? 'is' : 'are'} in ${file}:`,
    ...rejected.slice(0, REASONS_TOLD).map(({ line, reason }) => `  line ${line}: ${reason}`),
    ...(rejected.length > REASONS_TOLD ? [`  … and ${count(rejected.length - REASONS_TOLD)} more`] : []),
  ];
}

async function readLabelFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${JSON.stringify(file)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).\n` +
        `Allowed is a CSV file with the columns ${LABEL_COLUMNS.join(', ')}, or JSON lines in a file named .jsonl.\n` +
        'How they are written: docs/categorizer.md',
    );
  }
}

async function writeRejects(file: string, rejected: readonly RejectedLine[]): Promise<string> {
  const path = `${file}.rejects.jsonl`;
  await writeFile(path, rejected.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

export interface ListRequest {
  task?: string | undefined;
  limit: number;
  json: boolean;
}

/** The `labels list` command. */
export async function listLabels(request: ListRequest, io: Io): Promise<ExitCode> {
  const { task } = request;
  if (task !== undefined && !(TASKS as readonly string[]).includes(task)) {
    throw new UsageError(
      `--task ${JSON.stringify(task)} cannot be used.\nAllowed are ${TASKS.join(', ')}.\nLeave it out to see all.`,
    );
  }
  const { config } = await findSurroundings(io);
  const labels = (await readAll(config)).filter((label) => task === undefined || label.task === task);
  const shown = labels.slice(0, request.limit);
  if (request.json) printJson(io, { total: labels.length, labels: shown.map(toRow) });
  else if (labels.length === 0) printLines(io.stdout, [`No labels of people in ${lakeLocation(config)}.`]);
  else {
    const cells = shown
      .map(toRow)
      .map((row) => [
        row.source,
        row.conversation_id,
        row.message_id ?? '',
        row.task,
        row.label,
        row.labelled_at.slice(0, 10),
      ]);
    const heads = ['SOURCE', 'CONVERSATION', 'MESSAGE', 'TASK', 'LABEL', 'GIVEN'];
    const more = labels.length - shown.length;
    printLines(io.stdout, [
      ...textTable(heads, cells, colorsFor(io.stdout, io.env)),
      ...(more > 0 ? [`… and ${count(more)} more: --limit ${labels.length}, or labels export`] : []),
    ]);
  }
  return EXIT.complete;
}

/** The `labels export` command: what `labels import` reads. */
export async function exportLabels({ json }: { json: boolean }, io: Io): Promise<ExitCode> {
  const { config } = await findSurroundings(io);
  const rows = (await readAll(config)).map(toRow);
  if (json)
    printLines(
      io.stdout,
      rows.map((row) => JSON.stringify(row)),
    );
  else {
    const columns = ['conversation_id', 'message_id', 'task', 'label', 'source'] as const;
    const line = (cells: readonly (string | null)[]) => cells.map((cell) => csvCell(cell ?? '')).join(',');
    printLines(io.stdout, [line(columns), ...rows.map((row) => line(columns.map((column) => row[column])))]);
  }
  return EXIT.complete;
}

async function readAll(config: Config): Promise<StoredLabel[]> {
  return withLakeStore(config, (store) => createHumanLabelStore(store).all());
}

function toRow({ conversationKey, messageId, task, label, taxonomyVersion, labelledAt }: StoredLabel) {
  // A source's name holds no colon.
  const at = conversationKey.indexOf(':');
  return {
    source: conversationKey.slice(0, at),
    conversation_id: conversationKey.slice(at + 1),
    message_id: messageId,
    task,
    label,
    taxonomy_version: taxonomyVersion,
    labelled_at: new Date(labelledAt).toISOString(),
  };
}

function csvCell(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
