import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipelineError } from '../domain/errors.js';
import { parseCsv, parseTsv } from './delimited.js';

/** Readers of the public data sets, in the layout of docs/categorizer.md. Labels are the sets' own. */

export const SPLITS = ['train', 'dev', 'test'] as const;
export type Split = (typeof SPLITS)[number];
export type DatasetName = 'clinc150' | 'banking77' | 'bitext' | 'taskmaster4' | 'goemotions';

export interface SourceExample {
  dataset: DatasetName;
  split: Split;
  text: string;
  label: string;
}

/** A text with a mean valence, -4 (worst) .. 4 (best), as its readers scored it. */
export interface ScoredText {
  source: 'tweets' | 'amazon' | 'nyt' | 'movies' | 'lexicon';
  text: string;
  score: number;
}

function read(path: string): string {
  if (!existsSync(path))
    throw new PipelineError(
      'InvalidInput',
      `Data set file ${path} is missing. Name the directory that has one folder a data set; docs/categorizer.md says where each is published and how it is laid out.`,
    );
  return readFileSync(path, 'utf8');
}

const CLINC_SPLITS: Record<string, Split> = {
  train: 'train',
  oos_train: 'train',
  val: 'dev',
  oos_val: 'dev',
  test: 'test',
  oos_test: 'test',
};

/** CLINC150, `data_full.json`; out of scope carries the label `oos`. */
export function readClinc150(dir: string): SourceExample[] {
  const data = JSON.parse(read(join(dir, 'clinc150', 'data_full.json'))) as Record<
    string,
    [string, string][]
  >;
  return Object.entries(CLINC_SPLITS).flatMap(([part, split]) =>
    (data[part] ?? []).map(([text, label]) => ({ dataset: 'clinc150' as const, split, text, label })),
  );
}

/** banking77, `train.csv` and `test.csv`; every tenth training row is the development split. */
export function readBanking77(dir: string): SourceExample[] {
  const rows = (file: string): string[][] => parseCsv(read(join(dir, 'banking77', file))).slice(1);
  const example = (row: string[], split: Split): SourceExample => ({
    dataset: 'banking77',
    split,
    text: row[0] ?? '',
    label: row[1] ?? '',
  });
  return [
    ...rows('train.csv').map((row, i) => example(row, i % 10 === 9 ? 'dev' : 'train')),
    ...rows('test.csv').map((row) => example(row, 'test')),
  ];
}

const BITEXT_FILES: Record<string, Split> = { Training: 'train', Validation: 'dev', Testing: 'test' };

/** Bitext customer support sample. */
export function readBitext(dir: string): SourceExample[] {
  return Object.entries(BITEXT_FILES).flatMap(([name, split]) => {
    const file = `Bitext_Sample_Customer_Service_${name}_Dataset.csv`;
    const [header = [], ...rows] = parseCsv(read(join(dir, 'bitext', file)));
    const at = { text: header.indexOf('utterance'), label: header.indexOf('intent') };
    return rows.map((row) => ({
      dataset: 'bitext' as const,
      split,
      text: row[at.text] ?? '',
      label: row[at.label] ?? '',
    }));
  });
}

interface TaskmasterDialog {
  vertical: string;
  turns: { s: string; t: string }[];
}

/** First user turn of each Taskmaster-4 dialog, labelled by its vertical; of ten, one is dev and one is test. */
export function readTaskmaster4(dir: string): SourceExample[] {
  const examples: SourceExample[] = [];
  for (let part = 0; part < 8; part++) {
    const lines = read(join(dir, 'taskmaster4', `data_0${part}.jsonl`)).split('\n');
    for (const line of lines.filter((l) => l !== '')) {
      const dialog = JSON.parse(line) as TaskmasterDialog;
      const first = dialog.turns.find((turn) => turn.s === 'user');
      if (first === undefined) continue;
      const tenth = examples.length % 10;
      const split = tenth === 8 ? 'dev' : tenth === 9 ? 'test' : 'train';
      examples.push({ dataset: 'taskmaster4', split, text: first.t, label: dialog.vertical });
    }
  }
  return examples;
}

/** A comment and all the emotions that its readers agreed on. */
export interface EmotionExample {
  split: Split;
  text: string;
  labels: string[];
}

/** GoEmotions comments, of the set's 27 emotions and `neutral`. */
export function readGoEmotionsAll(dir: string): EmotionExample[] {
  const names = read(join(dir, 'goemotions', 'original', 'labels.txt'))
    .trim()
    .split(/\s+/);
  return SPLITS.flatMap((split) =>
    parseTsv(read(join(dir, 'goemotions', 'original', `${split}.tsv`))).map((row) => ({
      split,
      text: row[0] ?? '',
      labels: (row[1] ?? '').split(',').map((n) => names[Number(n)] ?? ''),
    })),
  );
}

/** GoEmotions comments with exactly one label. */
export function readGoEmotions(dir: string): SourceExample[] {
  return readGoEmotionsAll(dir).flatMap(({ split, text, labels: [label, ...more] }) =>
    label === undefined || more.length > 0 ? [] : [{ dataset: 'goemotions' as const, split, text, label }],
  );
}

const HUTTO_FILES = {
  tweets: 'tweets',
  amazon: 'amazonReviewSnippets',
  nyt: 'nytEditorialSnippets',
  movies: 'movieReviewSnippets',
} as const;

/** Scored snippets of hutto_ICWSM_2014. */
export function readHutto(dir: string): ScoredText[] {
  return (Object.keys(HUTTO_FILES) as (keyof typeof HUTTO_FILES)[]).flatMap((source) => {
    const file = `${HUTTO_FILES[source]}_GroundTruth.txt`;
    return parseTsv(read(join(dir, 'vader', 'hutto_ICWSM_2014', file)))
      .map((row) => ({ source, score: Number(row[1]), text: row.slice(2).join(' ') }))
      .filter((row) => Number.isFinite(row.score) && row.text !== '');
  });
}

/** Words, emoticons and their mean valence of the VADER lexicon. */
export function readLexicon(dir: string): ScoredText[] {
  return parseTsv(read(join(dir, 'vader', 'vader_lexicon.txt')))
    .map((row) => ({ source: 'lexicon' as const, text: row[0] ?? '', score: Number(row[1]) }))
    .filter((row) => Number.isFinite(row.score) && row.text !== '');
}

/** Notice of the lexicon's licence, as it demands; lines without a TAB are no entries. */
const LEXICON_NOTICE = `# Words and their mean valence (-4 to 4) of vader_lexicon.txt, https://github.com/cjhutto/vaderSentiment
# The MIT License (MIT). Copyright (c) 2016 C.J. Hutto
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
# documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
# rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
# persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice
# and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS
# PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
# MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
# HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
# ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** The lexicon as a model carries it: lines of word, TAB and valence. */
export function lexiconFile(dir: string): string {
  const words = readLexicon(dir).map(({ text, score }) => `${text}\t${score}\n`);
  return LEXICON_NOTICE + words.join('');
}

interface SgdTurn {
  s: string;
  t: string;
  acts: string[];
  intent?: string[];
}

/**
 * User turns of the Schema-Guided Dialogue development set that state one intent, or do nothing but thank or take
 * leave (label `THANK_OR_GOODBYE`). Only for measuring: its licence is share-alike, nothing is ever trained on it.
 * Empty where the set is absent.
 */
export function readSgd(dir: string): { text: string; label: string }[] {
  const path = join(dir, 'sgd', 'dev.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.flatMap((line) =>
    (JSON.parse(line) as { turns: SgdTurn[] }).turns.flatMap(({ s, t, acts, intent = [] }) => {
      if (s !== 'U') return [];
      if (acts.length > 0 && acts.every((act) => act === 'THANK_YOU' || act === 'GOODBYE'))
        return [{ text: t, label: 'THANK_OR_GOODBYE' }];
      const [only] = intent;
      const states = acts.includes('INFORM_INTENT') && intent.length === 1 && only !== undefined;
      return states ? [{ text: t, label: only }] : [];
    }),
  );
}

const READERS: Record<DatasetName, (dir: string) => SourceExample[]> = {
  clinc150: readClinc150,
  banking77: readBanking77,
  bitext: readBitext,
  taskmaster4: readTaskmaster4,
  goemotions: readGoEmotions,
};

export function readDataset(name: DatasetName, dir: string): SourceExample[] {
  return READERS[name](dir);
}
export const DATASETS = Object.keys(READERS) as DatasetName[];
