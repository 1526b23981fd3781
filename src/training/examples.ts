import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  MappingSchema,
  mappingErrors,
  TaxonomySchema,
  type Mapping,
  type Taxonomy,
} from '../domain/categorize/taxonomy.js';
import { POLARITIES, SENTIMENT_LIMITS } from '../domain/categorize/model.js';
import { PipelineError } from '../domain/errors.js';
import {
  DATASETS,
  readDataset,
  readGoEmotionsAll,
  readHutto,
  readLexicon,
  type DatasetName,
  type ScoredText,
  type Split,
} from './datasets.js';
import { readLabelledFile } from './labelled-file.js';
import { Random } from './random.js';

/** A text with labels of the taxonomy; undefined: it says nothing about that task. */
export interface Example {
  source: string;
  /** The set's own label; empty for scored texts. */
  label: string;
  split: Split;
  text: string;
  topic?: string | undefined;
  intent?: string | undefined;
  /** Index in POLARITIES. */
  polarity?: number | undefined;
  /** -1..1 */
  score?: number | undefined;
  weight: number;
}

/** At most so many training texts of one label of one set, so that a large set of one voice does not set the tone. */
const CAPS: Partial<Record<DatasetName, number>> = { goemotions: 400, taskmaster4: 300 };
/** Weight of an entry of the lexicon beside a whole text. */
const LEXICON_WEIGHT = 0.3;
/** Weight of a request that is taken as neutral, and how many of them at most are used. */
const REQUEST_WEIGHT = 0.25;
const MAX_REQUESTS = 6000;
/** GoEmotions knows a direction, no strength: its texts count as this far from neutral. */
const EMOTION_SCORE = 0.5;

/** Reads `taxonomy.yaml` and `mapping.yaml` of a directory. Throws InvalidInput. */
export function readTaxonomy(dir: string): { taxonomy: Taxonomy; mapping: Mapping } {
  const load = (file: string): unknown => parse(readFileSync(join(dir, file), 'utf8'));
  const taxonomy = TaxonomySchema.parse(load('taxonomy.yaml'));
  const mapping = MappingSchema.parse(load('mapping.yaml'));
  const wrong = mappingErrors(taxonomy, mapping);
  if (wrong.length > 0)
    throw new PipelineError(
      'InvalidInput',
      `${join(dir, 'mapping.yaml')} names labels that taxonomy.yaml does not have: ${wrong.join(', ')}. Correct one of the two.`,
    );
  return { taxonomy, mapping };
}

/** Topic and intent examples of all sets, shuffled; training texts are capped a set and label. */
export function intentExamples(datasetsDir: string, mapping: Mapping, seed: number): Example[] {
  const random = new Random(seed);
  return DATASETS.flatMap((name) => {
    const set = mapping.datasets[name];
    if (set === undefined) return [];
    const rules = set.rules.map((rule) => ({ ...rule, pattern: new RegExp(rule.match, 'i') }));
    const examples = readDataset(name, datasetsDir);
    random.shuffle(examples);
    const taken = new Map<string, number>();
    return examples.flatMap((example): Example[] => {
      const target =
        rules.find((rule) => rule.label === example.label && rule.pattern.test(example.text)) ??
        set.labels[example.label];
      if (target === undefined) return [];
      if (example.split === 'train') {
        const key = `${target.topic ?? ''}/${target.intent ?? ''}`;
        const count = (taken.get(key) ?? 0) + 1;
        taken.set(key, count);
        if (count > (CAPS[name] ?? Infinity)) return [];
      }
      const { topic, intent } = target;
      const { text, label, split } = example;
      return [{ source: name, label, split, text, topic, intent, weight: 1 }];
    });
  });
}

/** Beside `taxonomy.yaml`: texts of labels that the public sets have nothing or nothing but templates for. */
export const OWN_EXAMPLES = 'examples.tsv';

/** The training texts that a taxonomy brings along; none where it has no such file. Throws InvalidInput. */
export function ownExamples(dir: string, taxonomy: Taxonomy): Example[] {
  const path = join(dir, OWN_EXAMPLES);
  if (!existsSync(path)) return [];
  const topicOf = new Map(taxonomy.intents.map(({ id, topic }) => [id, topic]));
  return readLabelledFile(path).map(({ text, label }) => {
    const topic = topicOf.get(label);
    if (topic === undefined)
      throw new PipelineError(
        'InvalidInput',
        `${path} has the label ${label}, which is no intent of taxonomy.yaml.\nAllowed are the ids of its intents.\nCorrect one of the two files.`,
      );
    return { source: 'own', label, split: 'train', text, topic, intent: label, weight: 1 };
  });
}

/** Training texts of plain requests as neutral sentiment examples. @param examples as of intentExamples */
export function neutralRequests(examples: readonly Example[], mapping: Mapping, seed: number): Example[] {
  const { datasets, intents } = mapping.neutral_requests;
  const requests = examples.filter(
    (e) => e.split === 'train' && datasets.includes(e.source) && intents.includes(e.intent ?? ''),
  );
  new Random(seed).shuffle(requests);
  return requests.slice(0, MAX_REQUESTS).map((e) => ({
    source: `${e.source} requests`,
    label: e.label,
    split: e.split,
    text: e.text,
    polarity: POLARITIES.indexOf('neutral'),
    score: 0,
    weight: REQUEST_WEIGHT,
  }));
}

/**
 * Index in POLARITIES of a comment's emotions; undefined where one of them has none or they contradict each other.
 * @param lenient neutral beside a feeling says that the feeling is weak, and gives way to it: for training only
 */
export function polarityOf(
  labels: readonly string[],
  mapping: Mapping,
  lenient: boolean,
): number | undefined {
  const valence = mapping.sentiment['goemotions'];
  const found = new Set(
    labels.map((label) => POLARITIES.findIndex((name) => valence?.[name].includes(label) === true)),
  );
  if (found.has(-1)) return undefined;
  if (lenient && found.size > 1) found.delete(POLARITIES.indexOf('neutral'));
  return found.size === 1 ? [...found][0] : undefined;
}

/** Sentiment examples: GoEmotions by valence, hutto by score, and the lexicon's entries lightly. */
export function sentimentExamples(datasetsDir: string, mapping: Mapping, seed: number): Example[] {
  const emotions = readGoEmotionsAll(datasetsDir).flatMap(({ text, labels, split }): Example[] => {
    const polarity = polarityOf(labels, mapping, split === 'train');
    if (polarity === undefined) return [];
    const score = (polarity - 1) * EMOTION_SCORE;
    return [{ source: 'goemotions', label: labels.join(), split, text, polarity, score, weight: 1 }];
  });
  const snippets = readHutto(datasetsDir);
  new Random(seed).shuffle(snippets);
  return [
    ...emotions,
    ...snippets.map((text, i) => scored(text, i % 10 === 0 ? 'test' : i % 10 === 1 ? 'dev' : 'train', 1)),
    ...readLexicon(datasetsDir).map((text) => scored(text, 'train', LEXICON_WEIGHT)),
  ];
}

function scored({ source, text, score }: ScoredText, split: Split, weight: number): Example {
  const value = score / 4;
  const polarity = value < SENTIMENT_LIMITS[1] ? 0 : value < SENTIMENT_LIMITS[2] ? 1 : 2;
  return { source, label: '', split, text, polarity, score: value, weight };
}
