import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { PipelineError } from '../domain/errors.js';
import { parseCsv } from './delimited.js';

/** A text and its label; a file may also say the topic. */
export interface LabelledText {
  text: string;
  label: string;
  topic?: string | undefined;
}

const LABEL = /^[^\s\p{C}][^\p{C}]{0,99}$/u;
const FORMS =
  'Allowed are lines of label, TAB and text; CSV with a header that has text and label (and topic, if you like); ' +
  'or JSON lines with "text" and "label".';

/**
 * Reads labelled texts: `.csv` with a header, `.jsonl`, anything else as `label<TAB>text`. Throws InvalidInput with the
 * line that cannot be used; never with its text.
 */
export function readLabelledFile(path: string): LabelledText[] {
  const content = readContent(path);
  const rows =
    extname(path) === '.csv'
      ? fromCsv(path, content)
      : extname(path) === '.jsonl'
        ? fromJson(path, content)
        : fromTsv(path, content);
  if (rows.length === 0) throw invalid(path, 'holds no labelled text', 'Is it the right file?');
  return rows;
}

function readContent(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw invalid(path, `cannot be read (${code})`, 'Check the path.', error);
  }
}

function fromTsv(path: string, content: string): LabelledText[] {
  return content.split('\n').flatMap((raw, n) => {
    const line = raw.replace(/\r$/, '');
    if (line.trim() === '') return [];
    const tab = line.indexOf('\t');
    if (tab < 0)
      throw invalid(
        path,
        `line ${n + 1} has no TAB`,
        'Is it another format? Its name then ends in .csv or .jsonl.',
      );
    const label = line.slice(0, tab);
    const text = line.slice(tab + 1);
    return n === 0 && label === 'label' && text === 'text' ? [] : [checked(path, n + 1, label, text)];
  });
}

function fromCsv(path: string, content: string): LabelledText[] {
  const [header = [], ...rows] = parseCsv(content);
  const names = header.map((name) => name.trim().toLowerCase());
  const at = { text: names.indexOf('text'), label: names.indexOf('label'), topic: names.indexOf('topic') };
  if (at.text < 0 || at.label < 0)
    throw invalid(path, `has the columns ${names.join(', ')}`, 'Name two of them text and label.');
  return rows.flatMap((row, n) =>
    row.length === 1 && row[0] === ''
      ? []
      : [checked(path, n + 2, row[at.label], row[at.text], at.topic < 0 ? undefined : row[at.topic])],
  );
}

function fromJson(path: string, content: string): LabelledText[] {
  return content.split('\n').flatMap((line, n) => {
    if (line.trim() === '') return [];
    let value: Record<string, unknown>;
    try {
      value = Object(JSON.parse(line)) as Record<string, unknown>;
    } catch {
      throw invalid(path, `line ${n + 1} is not JSON`, 'Write one object a line.');
    }
    return [checked(path, n + 1, value['label'], value['text'], value['topic'])];
  });
}

function checked(path: string, line: number, label: unknown, text: unknown, topic?: unknown): LabelledText {
  if (typeof text !== 'string')
    throw invalid(path, `row ${line} has no text`, 'Correct the row or leave it out.');
  if (!isLabel(label))
    throw invalid(
      path,
      `row ${line} has a label that cannot be used`,
      'A label is 1 to 100 printable characters.',
    );
  if (topic === undefined || topic === '') return { text, label };
  if (!isLabel(topic))
    throw invalid(
      path,
      `row ${line} has a topic that cannot be used`,
      'A topic is 1 to 100 printable characters.',
    );
  return { text, label, topic };
}

function isLabel(value: unknown): value is string {
  return typeof value === 'string' && LABEL.test(value);
}

function invalid(path: string, what: string, next: string, cause?: unknown): PipelineError {
  return new PipelineError('InvalidInput', `${path} ${what}.\n${FORMS}\n${next}`, { cause });
}
