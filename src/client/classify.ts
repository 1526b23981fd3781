import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { createTypedArrayClassifier, defaultModelDir } from '../adapters/classifier/index.js';
import { createHtmlToText } from '../adapters/text/html-to-text.js';
import { createLanguageDetector } from '../adapters/text/language.js';
import { mergedEnvironment, loadConfig } from '../config.js';
import { categorizeThreads } from '../domain/categorize/threads.js';
import { processThread, threadOfTexts } from '../domain/process/index.js';
import type { LabelledThread } from '../domain/thread.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printLines, type Io } from './globals.js';
import { colorsFor } from './render/colors.js';
import { percent } from './render/format.js';
import { textTable } from './render/table.js';

export interface ClassifyRequest {
  texts: string[];
  file?: string | undefined;
  model?: string | undefined;
  json: boolean;
}

/** What `--json` prints of each text, a line each. */
interface TextLabels {
  text: string;
  language: string | null;
  topic: string | null;
  topic_confidence: number | null;
  intent: string | null;
  intent_confidence: number | null;
  sentiment: string | null;
  sentiment_score: number | null;
  sentiment_confidence: number | null;
  model_version: string | null;
  /** Why topic and intent are `unknown`, or null. */
  reason: string | null;
}

/** Texts labelled at a time. */
const PAGE = 512;
const SHOWN = 60;

/** The `classify` command: each text as a conversation of one message, by the rules of the pipeline. */
export async function classify(request: ClassifyRequest, io: Io): Promise<ExitCode> {
  const texts = await textsOf(request, io);
  const { modelDir } = loadConfig({ env: mergedEnvironment({ env: io.env }), dotenvPath: null });
  const classifier = createTypedArrayClassifier(request.model ?? modelDir ?? defaultModelDir());
  const tools = { detector: createLanguageDetector(), html: createHtmlToText() };
  const { signal } = new AbortController();
  const rows: TextLabels[] = [];
  for (let from = 0; from < texts.length; from += PAGE) {
    const page = texts.slice(from, from + PAGE);
    const facts = page.flatMap((text, n) => {
      const thread = threadOfTexts(String(from + n), [{ text, role: 'user' }]);
      return processThread(thread, { source: 'classify', runId: 'classify', ...tools }).facts ?? [];
    });
    const labelled = await categorizeThreads(facts, classifier, signal);
    const found = labelled.map((thread, n) => labelsOf(page[n] ?? '', thread));
    if (request.json)
      printLines(
        io.stdout,
        found.map((row) => JSON.stringify(row)),
      );
    else rows.push(...found);
  }
  if (!request.json) printLines(io.stdout, table(rows, io));
  return EXIT.complete;
}

async function textsOf({ texts, file }: ClassifyRequest, io: Io): Promise<string[]> {
  if (file !== undefined) {
    if (texts.length > 0) {
      throw new UsageError(
        `--file ${JSON.stringify(file)} and texts cannot be used together.\n` +
          'Allowed are texts as arguments, or a file, or standard input.\n' +
          'Leave one of them out.',
      );
    }
    return linesOf(await readTextFile(file));
  }
  if (texts.length > 0) return texts;
  if (io.stdin.isTTY) {
    throw new UsageError(
      'There is no text to classify.\n' +
        'Allowed are texts as arguments, --file with a text a line, or the same on standard input.\n' +
        `For example: conversation-analytics classify 'where is my order'`,
    );
  }
  return linesOf(await readAll(io.stdin));
}

async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--file ${JSON.stringify(file)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).\n` +
        'Allowed is a text file with a text a line.\n' +
        `Or give the text itself: conversation-analytics classify 'where is my order'`,
    );
  }
}

function linesOf(content: string): string[] {
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function labelsOf(text: string, { conversation, categories }: LabelledThread): TextLabels {
  const of = (task: string) =>
    categories.find((c) => c.subject_type === 'message' && c.task === task && c.rank === 1);
  const [intent, sentiment] = [of('intent'), of('sentiment')];
  return {
    text,
    language: conversation.language,
    topic: conversation.topic,
    topic_confidence: rounded(conversation.topic_confidence),
    intent: intent?.label ?? null,
    intent_confidence: rounded(intent?.confidence),
    sentiment: sentiment?.label ?? null,
    sentiment_score: rounded(sentiment?.score),
    sentiment_confidence: rounded(sentiment?.confidence),
    model_version: conversation.model_version,
    reason: intent?.reason ?? null,
  };
}

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 1e4) / 1e4;
}

/** Control characters of a file must not steer the terminal. */
function shown(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, ' ');
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain;
}

function table(rows: readonly TextLabels[], io: Io): string[] {
  const sure = (label: string | null, confidence: number | null, reason: string | null = null): string =>
    `${label ?? ''} ${reason === null ? percent(confidence ?? 0) : `(${reason})`}`;
  const cells = rows.map((row) => [
    sure(row.topic, row.topic_confidence, row.reason),
    sure(row.intent, row.intent_confidence, row.reason),
    row.sentiment_score === null
      ? (row.sentiment ?? '')
      : `${row.sentiment ?? ''} ${row.sentiment_score.toFixed(2)}`,
    shown(row.text),
  ]);
  return textTable(['TOPIC', 'INTENT', 'SENTIMENT', 'TEXT'], cells, colorsFor(io.stdout, io.env));
}
