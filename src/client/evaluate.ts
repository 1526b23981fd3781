import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { createTypedArrayClassifier } from '../adapters/classifier/index.js';
import { readModelTaxonomy } from '../adapters/classifier/taxonomy-file.js';
import {
  evaluateConversations,
  evaluateLabelled,
  evaluateModel,
  LABELLED_TASKS,
  readConversations,
  readLabelledFile,
  rounded,
  type LabelledTask,
} from '../training/index.js';
import { parseDirectory } from './arguments.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { colorsFor } from './render/colors.js';
import { confusionPage } from './render/confusion-page.js';
import { conversationLines, datasetLines, labelledLines } from './render/evaluation.js';

export interface EvaluateRequest {
  model: string;
  test?: string;
  task: string;
  html?: string;
  data?: string;
  conversations?: string;
  benchmarks: boolean;
  write?: string;
  json: boolean;
}

/** The `evaluate` command: figures of a model on texts whose labels are known. */
export async function evaluate(request: EvaluateRequest, io: Io): Promise<ExitCode> {
  const { test, data, conversations } = request;
  const given = [test, data, conversations].filter((path) => path !== undefined);
  if (given.length !== 1)
    throw new UsageError(
      `${given.length === 0 ? 'Nothing to measure on is given' : 'More than one thing to measure on is given'}.\n` +
        'Allowed is one of --test FILE, --data DIR and --conversations DIR.\n' +
        'For example: conversation-analytics evaluate --model models/mine --test labelled.csv',
    );
  const colors = colorsFor(io.stdout, io.env);
  const tell = (figures: object, lines: readonly string[]): void => {
    if (request.write !== undefined) mergeInto(request.write, rounded(figures) as object);
    if (request.json) printJson(io, figures);
    else printLines(io.stdout, lines);
  };
  if (test !== undefined) {
    const figures = await evaluateLabelled({
      modelDir: request.model,
      test: readLabelledFile(test),
      task: parseTask(request.task),
    });
    if (request.html !== undefined) {
      writePage(request.html, confusionPage(figures));
      io.stderr.write(`Wrote ${request.html}\n`);
    }
    tell(figures, labelledLines(figures, colors));
  } else if (conversations !== undefined) {
    const dir = parseDirectory('--conversations', conversations, 'labelled conversations (*.yaml)');
    const classifier = createTypedArrayClassifier(request.model);
    const labelled = readConversations(dir, readModelTaxonomy(request.model));
    const figures = { labelledConversations: await evaluateConversations(classifier, labelled) };
    tell(figures, conversationLines(figures.labelledConversations, colors));
  } else {
    const figures = await evaluateModel({
      modelDir: request.model,
      datasetsDir: parseDirectory('--data', data ?? '', 'one folder a data set'),
      benchmarks: request.benchmarks,
      log: (line) => io.stderr.write(`${line}\n`),
    });
    tell(figures, datasetLines(figures, colors));
  }
  return EXIT.complete;
}

function parseTask(value: string): LabelledTask {
  const task = LABELLED_TASKS.find((known) => known === value);
  if (task !== undefined) return task;
  throw new UsageError(
    `--task ${JSON.stringify(value)} is no task.\nAllowed are ${LABELLED_TASKS.join(' and ')}.\nFor example: --task topic`,
  );
}

function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw new UsageError(
      `--html ${JSON.stringify(path)} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).\n` +
        'Allowed is a file in a directory that is there and may be written to.\n' +
        'For example: --html confusion.html',
    );
  }
}

/** Keeps what the file holds beside these figures (other measurements, speed). */
function mergeInto(path: string, figures: object): void {
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as object) : {};
  writeFileSync(path, `${JSON.stringify({ ...known, ...figures }, null, 1)}\n`);
}
