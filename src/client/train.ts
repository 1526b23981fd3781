import { statSync } from 'node:fs';
import { join } from 'node:path';

import {
  readLabelledFile,
  trainLabelled,
  trainModel,
  type TrainLabelledResult,
  type TrainResult,
} from '../training/index.js';
import { parseCount, parseDirectory } from './arguments.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { count, plural } from './render/format.js';

export interface TrainRequest {
  train?: string;
  dev?: string;
  data?: string;
  out: string;
  taxonomy?: string;
  base?: string;
  keep: string;
  seed: string;
  json: boolean;
}

const MAX_SEED = 2 ** 31 - 1;

/** The `train` command: from labelled texts of one's own, or from the public data sets. */
export async function train(request: TrainRequest, io: Io): Promise<ExitCode> {
  const common = {
    outDir: request.out,
    seed: parseCount('--seed', request.seed, MAX_SEED),
    log: (line: string) => io.stderr.write(`${line}\n`),
  };
  if ((request.train === undefined) === (request.data === undefined))
    throw new UsageError(
      `${request.train === undefined ? 'Neither --train nor --data is given' : '--train and --data cannot be used together'}.\n` +
        'Allowed is one of --train FILE (labelled texts of your own) and --data DIR (the public data sets).\n' +
        'For example: conversation-analytics train --train labelled.csv --out models/mine',
    );
  const result =
    request.train === undefined
      ? await fromDatasets(request, common)
      : await fromTexts(request.train, request, common);
  if (request.json) printJson(io, result);
  else
    printLines(io.stdout, [
      `Model ${result.modelVersion} (taxonomy ${result.taxonomyVersion}) in ${request.out}: ` +
        `${count(result.bytes)} bytes, ${plural(result.topics.length, 'topic')}, ${plural(result.intents.length, 'intent')}, ${Math.round(result.seconds)} s`,
      `Use it: MODEL_DIR=${request.out}, or: conversation-analytics classify --model ${request.out} 'a text'`,
    ]);
  return EXIT.complete;
}

type Common = Pick<Parameters<typeof trainModel>[0], 'outDir' | 'seed' | 'log'>;

function fromDatasets({ data = '', taxonomy }: TrainRequest, common: Common): Promise<TrainResult> {
  return trainModel({
    ...common,
    datasetsDir: parseDirectory('--data', data, 'one folder a data set'),
    taxonomyDir: taxonomy,
  });
}

function fromTexts(file: string, request: TrainRequest, common: Common): Promise<TrainLabelledResult> {
  const { dev, taxonomy, base } = request;
  return trainLabelled({
    ...common,
    train: readLabelledFile(file),
    dev: dev === undefined ? undefined : readLabelledFile(dev),
    taxonomyFile: taxonomy === undefined ? undefined : taxonomyFile(taxonomy),
    baseDir: base === undefined ? undefined : parseDirectory('--base', base, 'a trained model (model.json)'),
    keep: parseShare('--keep', request.keep),
  });
}

function taxonomyFile(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    ? join(path, 'taxonomy.yaml')
    : path;
}

function parseShare(flag: string, value: string): number {
  const share = value.trim() === '' ? Number.NaN : Number(value);
  if (share > 0 && share <= 1) return share;
  throw new UsageError(
    `${flag} ${JSON.stringify(value)} is no share.\n` +
      'Allowed is a number above 0 and up to 1; with 1 nothing is out of scope but by its label.\n' +
      `For example: ${flag} 0.95`,
  );
}
