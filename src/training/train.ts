import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  DEFAULT_FEATURES,
  documentFrequencies,
  FeatureExtractor,
  LEXICAL_FEATURES,
  lexicalInputs,
  type FeatureSpec,
  type SparseVector,
} from '../domain/categorize/features.js';
import { bestTwo, type Calibration } from '../domain/categorize/model.js';
import { parseLexicon, Valence } from '../domain/categorize/valence.js';
import { fitCalibration, type Judged } from './calibrate.js';
import { composeExamples } from './compose.js';
import { lexiconFile, readGoEmotions } from './datasets.js';
import {
  intentExamples,
  neutralRequests,
  OWN_EXAMPLES,
  ownExamples,
  readTaxonomy,
  sentimentExamples,
  type Example,
} from './examples.js';
import { marginsOf, NO_SOFTMAX, SOFTMAX, trainHead, type HeadOptions, type TrainedHead } from './heads.js';
import { trainSentiment } from './sentiment.js';
import { quantiseIdf, writeModel } from './write-model.js';

export interface TrainOptions {
  /** Directory with one folder a data set. */
  datasetsDir: string;
  /** Where the model is written. */
  outDir: string;
  /** Directory with taxonomy.yaml and mapping.yaml; copied into outDir. Default: outDir itself. */
  taxonomyDir?: string | undefined;
  seed?: number | undefined;
  /** Instead of the tasks' own softmax models: fewer of them for a quick try. */
  softmax?: HeadOptions['softmax'] | undefined;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface TrainResult {
  modelVersion: string;
  taxonomyVersion: string;
  weightsSha256: string;
  bytes: number;
  topics: string[];
  intents: string[];
  /** Training texts by source. */
  texts: Record<string, number>;
  /** Held-out texts of a set by a model that was trained without it. */
  unseen: Record<Task, Record<string, { texts: number; accuracy: number }>>;
  seconds: number;
}

/** Cost of errors and balance of labels; chosen on the development splits (docs/categorizer.md). */
export const SETTINGS = {
  intent: { c: 1, balance: 0.5, softmax: SOFTMAX },
  sentiment: { c: 0.1, balance: 0.5, softmax: { members: 2, passes: 6, share: 0.3 } },
  score: { c: 0.2, balance: 0, softmax: NO_SOFTMAX },
} as const;

/** Sets of which each is left out once, to see how sure the model may be of a domain that it never saw. */
const LEFT_OUT = ['clinc150', 'banking77', 'bitext'] as const;
/** Share of texts of unseen domains in what confidences are fitted to; the rest is of the development splits. */
const UNSEEN_SHARE = 0.3;

/**
 * Trains topic, intent and sentiment from the public data sets and writes a model directory. The same data and seed
 * give the same bytes. Throws InvalidInput where a data set is missing; minutes on one core.
 */
export async function trainModel(options: TrainOptions): Promise<TrainResult> {
  const began = Date.now();
  const { datasetsDir, outDir, seed = 1, log = () => undefined } = options;
  const taxonomyDir = options.taxonomyDir ?? outDir;
  const { taxonomy, mapping } = readTaxonomy(taxonomyDir);
  const features = DEFAULT_FEATURES;
  const breathe = async (): Promise<void> => {
    await setImmediate();
    options.signal?.throwIfAborted();
  };
  const requests = [...intentExamples(datasetsDir, mapping, seed), ...ownExamples(taxonomyDir, taxonomy)];
  const remarks = readGoEmotions(datasetsDir).filter((e) => e.split === 'train');
  const examples = [
    ...requests,
    ...composeExamples(
      requests,
      remarks.map((e) => e.text),
      seed,
    ),
    ...sentimentExamples(datasetsDir, mapping, seed),
    ...neutralRequests(requests, mapping, seed),
  ];
  const training = examples.filter((e) => e.split === 'train');
  log(`${training.length} training texts of ${new Set(training.map((e) => e.source)).size} sources`);
  const idf = learnIdf(training, features);
  const extractor = new FeatureExtractor(features, idf.idf);
  const data = examples.map((e): Vectored => ({ ...e, vector: extractor.extract(e.text) }));
  const head = (settings: Pick<HeadOptions, 'c' | 'balance' | 'softmax'>): HeadOptions => ({
    ...settings,
    softmax: options.softmax ?? settings.softmax,
    buckets: features.buckets,
    seed,
    breathe,
  });

  const intents = await trainTask(data, 'intent', head(SETTINGS.intent), log);
  const topics = await trainTask(data, 'topic', head(SETTINGS.intent), log);
  log('sentiment: 3 classes and a score');
  const lexicon = lexiconFile(datasetsDir);
  const valence = new Valence(parseLexicon(lexicon), features.maxLength);
  const felt = data.flatMap(({ polarity, score, ...e }) =>
    polarity === undefined || score === undefined
      ? []
      : [{ ...e, polarity, score, lexical: lexicalInputs(valence, e.text) }],
  );
  const sentiment = await trainSentiment(felt, {
    classes: head(SETTINGS.sentiment),
    score: head(SETTINGS.score),
    log,
  });

  mkdirSync(outDir, { recursive: true });
  if (resolve(taxonomyDir) !== resolve(outDir))
    for (const file of ['taxonomy.yaml', 'mapping.yaml', OWN_EXAMPLES])
      if (existsSync(join(taxonomyDir, file))) copyFileSync(join(taxonomyDir, file), join(outDir, file));
  const spec = writeModel(outDir, {
    features: LEXICAL_FEATURES,
    taxonomyVersion: taxonomy.version,
    languages: ['en'],
    seed,
    idf,
    topic: topics,
    intent: { ...intents, topics: impliedTopics(training) },
    sentiment,
    lexicon,
  });
  return {
    modelVersion: spec.version,
    taxonomyVersion: spec.taxonomy_version,
    weightsSha256: spec.weights.sha256,
    bytes: spec.weights.bytes,
    topics: topics.labels,
    intents: intents.labels,
    texts: countBy(training),
    unseen: { topic: topics.unseen, intent: intents.unseen },
    seconds: (Date.now() - began) / 1000,
  };
}

type Vectored = Example & { vector: SparseVector };
type Task = 'topic' | 'intent';
interface TrainedTask extends TrainedHead {
  calibration: Calibration;
  unseen: Record<string, { texts: number; accuracy: number }>;
}

function learnIdf(training: readonly Example[], features: FeatureSpec): ReturnType<typeof quantiseIdf> {
  const counter = new FeatureExtractor(features, null);
  // The lexicon is a list of words, not a sample of texts; requests and composed texts would count twice.
  const texts = training
    .filter((e) => e.source !== 'lexicon' && !e.source.includes(' '))
    .map((e) => counter.extract(e.text));
  return quantiseIdf(documentFrequencies(texts, features.buckets));
}

/** Trains a task on all sets, and fits its confidences on held-out texts of seen and unseen domains. */
async function trainTask(
  data: readonly Vectored[],
  task: Task,
  options: HeadOptions,
  log: (line: string) => void,
): Promise<TrainedTask> {
  const labelled = data.flatMap((e) => {
    const label = e[task];
    return label === undefined ? [] : [{ ...e, label }];
  });
  const training = labelled.filter((e) => e.split === 'train');
  const head = await trainHead(training, options);
  log(`${task}: ${training.length} texts, ${head.labels.length} labels`);
  const dev = labelled.filter((e) => e.split === 'dev');
  const seen = dev.map((e) => judge(head, e, 1 / dev.length));

  const unseen: Judged[] = [];
  const figures: TrainedTask['unseen'] = {};
  for (const source of LEFT_OUT) {
    const others = training.filter((e) => !e.source.startsWith(source));
    if (others.length === training.length || others.length === 0) continue;
    log(`${task}: confidence on ${source} by a model that never saw it`);
    const softmax = { ...options.softmax, members: Math.min(1, options.softmax.members) };
    const partial = await trainHead(others, { ...options, softmax });
    const known = new Set(partial.labels);
    const texts = dev.filter((e) => e.source === source && known.has(e.label));
    const judged = texts.map((e) => judge(partial, e, 1 / (LEFT_OUT.length * texts.length)));
    const right = judged.filter(({ margins, truth }) => bestTwo(margins, 0, margins.length)[0] === truth);
    figures[source] = { texts: texts.length, accuracy: right.length / texts.length };
    unseen.push(...judged);
  }
  const share = unseen.length === 0 ? 0 : UNSEEN_SHARE;
  const total = dev.length;
  const weigh =
    (part: number) =>
    (j: Judged): Judged => ({ ...j, weight: j.weight * part * total });
  return {
    ...head,
    unseen: figures,
    calibration: fitCalibration([...seen.map(weigh(1 - share)), ...unseen.map(weigh(share))]),
  };
}

function judge(head: TrainedHead, example: { vector: SparseVector; label: string }, weight: number): Judged {
  const truth = head.labels.indexOf(example.label);
  return { margins: marginsOf(head.weights, example.vector), truth, weight };
}

/** A topic that so large a share of an intent's texts have follows from the intent. */
const IMPLIED_SHARE = 0.95;

/** Intent → the topic that it implies, by the training texts that carry both. */
function impliedTopics(training: readonly Example[]): Record<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const { topic, intent } of training) {
    if (topic === undefined || intent === undefined) continue;
    const topics = counts.get(intent) ?? new Map<string, number>();
    topics.set(topic, (topics.get(topic) ?? 0) + 1);
    counts.set(intent, topics);
  }
  const implied: Record<string, string> = {};
  for (const intent of [...counts.keys()].sort()) {
    const topics = counts.get(intent) ?? new Map<string, number>();
    const total = [...topics.values()].reduce((a, b) => a + b, 0);
    for (const [topic, n] of topics) if (n >= IMPLIED_SHARE * total) implied[intent] = topic;
  }
  return implied;
}

function countBy(examples: readonly Example[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { source } of examples) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}
