import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { defaultModelDir, loadModel } from '../adapters/classifier/index.js';
import {
  DEFAULT_FEATURES,
  documentFrequencies,
  FeatureExtractor,
  LEXICAL_FEATURES,
} from '../domain/categorize/features.js';
import {
  OTHER_TOPIC,
  OUT_OF_SCOPE,
  TaxonomySchema,
  UNKNOWN,
  type Taxonomy,
} from '../domain/categorize/taxonomy.js';
import { PipelineError } from '../domain/errors.js';
import { fitCalibration, type Judged } from './calibrate.js';
import { marginsOf, SOFTMAX, trainHead, type HeadOptions, type TrainedHead } from './heads.js';
import { inheritSentiment } from './inherit.js';
import type { LabelledText } from './labelled-file.js';
import { Random } from './random.js';
import { thresholdKeeping } from './scores.js';
import { quantiseIdf, writeModel } from './write-model.js';

export interface TrainLabelledOptions {
  train: readonly LabelledText[];
  /** Held-out texts that confidences are fitted to; default: a tenth of the training texts, learned from afterwards. */
  dev?: readonly LabelledText[] | undefined;
  outDir: string;
  /** A taxonomy.yaml; default: one made of the labels. */
  taxonomyFile?: string | undefined;
  /** Model whose sentiment is taken over; default: the shipped one; null: none. */
  baseDir?: string | null | undefined;
  /** Share of held-out texts that must stay in scope, 0..1; 1: nothing is out of scope but by label. */
  keep?: number | undefined;
  seed?: number | undefined;
  /** Settings other than the default, for experiments. */
  settings?: Partial<LabelledSettings> | undefined;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export type LabelledSettings = Pick<HeadOptions, 'c' | 'balance' | 'softmax'>;
const SETTINGS: LabelledSettings = { c: 1, balance: 0, softmax: SOFTMAX };
const KEEP = 0.95;
const HELD_OUT = 10;

export interface TrainLabelledResult {
  modelVersion: string;
  taxonomyVersion: string;
  weightsSha256: string;
  bytes: number;
  topics: string[];
  intents: string[];
  texts: number;
  heldOut: number;
  inScopeMargin: number | null;
  seconds: number;
}

type Vectored = LabelledText & { vector: ReturnType<FeatureExtractor['extract']>; weight: number };

/**
 * Trains intents (and topics, where the texts have them) from labelled texts, and writes a model directory with its
 * taxonomy. The same texts and seed give the same bytes. Throws InvalidInput.
 */
export async function trainLabelled(options: TrainLabelledOptions): Promise<TrainLabelledResult> {
  const began = Date.now();
  const { outDir, baseDir = defaultModelDir(), keep = KEEP, seed = 1, log = () => undefined } = options;
  const taxonomy = taxonomyFor(options.train, options.taxonomyFile);
  const rows = [...options.train];
  new Random(seed).shuffle(rows);
  const buckets = DEFAULT_FEATURES.buckets;
  const counter = new FeatureExtractor(DEFAULT_FEATURES, null);
  const idf = quantiseIdf(
    documentFrequencies(
      rows.map((r) => counter.extract(r.text)),
      buckets,
    ),
  );
  const extractor = new FeatureExtractor(DEFAULT_FEATURES, idf.idf);
  const vectored = (texts: readonly LabelledText[]): Vectored[] =>
    texts.map((r) => ({ ...r, vector: extractor.extract(r.text), weight: 1 }));
  const data = vectored(rows);
  const dev = options.dev === undefined ? undefined : vectored(options.dev);
  const settings = { ...SETTINGS, ...options.settings };
  const fit = (task: 'label' | 'topic'): Promise<Fitted> =>
    fitTask(data, dev, task, {
      ...settings,
      buckets,
      seed,
      breathe: async () => {
        await setImmediate();
        options.signal?.throwIfAborted();
      },
    });

  log(`${data.length} texts, ${taxonomy.intents.length} intents`);
  const intent = await fit('label');
  const topic = data.every((r) => r.topic !== undefined) ? await fit('topic') : null;
  const inScopeMargin = keep >= 1 ? undefined : marginKeeping(intent, keep);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(join(outDir, 'taxonomy.yaml'), stringify(taxonomy));
  const base = baseDir === null ? null : loadModel(baseDir);
  const lexicon = base?.spec.lexicon ?? null;
  const spec = writeModel(outDir, {
    features: lexicon === null ? DEFAULT_FEATURES : LEXICAL_FEATURES,
    taxonomyVersion: taxonomy.version,
    languages: base?.spec.languages ?? ['en'],
    seed,
    idf,
    topic,
    intent: {
      ...intent,
      topics: Object.fromEntries(taxonomy.intents.map((i) => [i.id, i.topic])),
      inScopeMargin,
    },
    sentiment: inheritSentiment(base, idf.idf),
    lexicon: lexicon === null ? null : readFileSync(join(baseDir ?? '', lexicon.file), 'utf8'),
  });
  return {
    modelVersion: spec.version,
    taxonomyVersion: spec.taxonomy_version,
    weightsSha256: spec.weights.sha256,
    bytes: spec.weights.bytes,
    topics: topic?.labels ?? [...new Set(Object.values(spec.heads.intent.topics))].sort(),
    intents: intent.labels,
    texts: data.length,
    heldOut: intent.judged.length,
    inScopeMargin: inScopeMargin ?? null,
    seconds: (Date.now() - began) / 1000,
  };
}

interface Fitted extends TrainedHead {
  calibration: ReturnType<typeof fitCalibration>;
  judged: Judged[];
}

/** Without held-out texts, confidences are fitted by a model that learned from nine tenths, then all are learned. */
async function fitTask(
  data: readonly Vectored[],
  dev: readonly Vectored[] | undefined,
  task: 'label' | 'topic',
  options: HeadOptions,
): Promise<Fitted> {
  const labelled = data.map((e) => ({ ...e, label: e[task] ?? '' }));
  const whole = await trainHead(labelled, options);
  const judge = dev === undefined ? await withoutTenth(labelled, options) : whole;
  const heldOut =
    dev?.map((e) => ({ ...e, label: e[task] ?? '' })) ?? labelled.filter((_, n) => n % HELD_OUT === 0);
  const judged = heldOut.map(({ vector, label }) => ({
    margins: marginsOf(judge.weights, vector),
    truth: judge.labels.indexOf(label),
    weight: 1,
  }));
  return { ...whole, calibration: fitCalibration(judged), judged };
}

function withoutTenth(
  labelled: readonly (Vectored & { label: string })[],
  options: HeadOptions,
): Promise<TrainedHead> {
  return trainHead(
    labelled.filter((_, n) => n % HELD_OUT !== 0),
    { ...options, softmax: { ...options.softmax, members: Math.min(1, options.softmax.members) } },
  );
}

/** The best margin that the share of known held-out texts reaches; undefined where there is none. */
function marginKeeping({ judged }: Fitted, share: number): number | undefined {
  const best = judged.filter((j) => j.truth >= 0).map(({ margins }) => Math.max(...margins));
  return best.length === 0 ? undefined : thresholdKeeping(best, share);
}

/** The taxonomy of a file, which must have all labels; or one that is made of the labels. */
function taxonomyFor(rows: readonly LabelledText[], file: string | undefined): Taxonomy {
  const labels = [...new Set(rows.map((r) => r.label))].sort();
  if (labels.length < 2)
    throw new PipelineError(
      'InvalidInput',
      `The training texts have ${labels.length} label.\nA model tells at least two labels apart.\nAdd texts of another label.`,
    );
  if (file === undefined) return madeOf(rows, labels);
  const taxonomy = readTaxonomyFile(file);
  const known = new Set(taxonomy.intents.map((i) => i.id));
  const missing = labels.filter((label) => !known.has(label));
  if (missing.length === 0) return taxonomy;
  throw new PipelineError(
    'InvalidInput',
    `The training texts have labels that ${file} does not have as intents: ${missing.slice(0, 10).join(', ')}.\n` +
      'The taxonomy is a closed set: every label must be one of its intents.\nAdd them to the taxonomy, or correct the labels.',
  );
}

function readTaxonomyFile(file: string): Taxonomy {
  try {
    return TaxonomySchema.parse(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new PipelineError(
      'InvalidInput',
      `${file} is no taxonomy that can be read.\nAllowed is YAML with version, topics, intents and sentiments, as docs/categorizer.md shows.\nStart from models/default/taxonomy.yaml.`,
      { cause: error },
    );
  }
}

function madeOf(rows: readonly LabelledText[], labels: readonly string[]): Taxonomy {
  const entry = (id: string, system = false) => ({
    id,
    label: id.replaceAll('_', ' '),
    description: '',
    examples: [],
    trained: !system || labels.includes(id),
    system,
  });
  const topicOf = new Map(rows.flatMap((r) => (r.topic === undefined ? [] : [[r.label, r.topic]])));
  const topics = [...new Set(topicOf.values())].filter((t) => t !== OTHER_TOPIC && t !== UNKNOWN).sort();
  const intents = [...labels.filter((l) => l !== OUT_OF_SCOPE), OUT_OF_SCOPE];
  return TaxonomySchema.parse({
    version: 'own',
    topics: [...topics.map((id) => entry(id)), entry(OTHER_TOPIC, true), entry(UNKNOWN, true)],
    intents: intents.map((id) => ({
      ...entry(id, id === OUT_OF_SCOPE),
      topic: topicOf.get(id) ?? OTHER_TOPIC,
    })),
    sentiments: ['very_negative', 'negative', 'neutral', 'positive', 'very_positive'].map((id) => ({
      id,
      label: id.replaceAll('_', ' '),
    })),
  });
}
