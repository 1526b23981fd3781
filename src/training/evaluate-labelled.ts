import { setImmediate } from 'node:timers/promises';
import { computeMargins, loadModel, type LoadedModel } from '../adapters/classifier/index.js';
import { FeatureExtractor } from '../domain/categorize/features.js';
import { bestMargin, predictHead, predictRow, type Head } from '../domain/categorize/model.js';
import { UNKNOWN_BELOW } from '../domain/categorize/vote.js';
import { OUT_OF_SCOPE } from '../domain/categorize/taxonomy.js';
import { PipelineError } from '../domain/errors.js';
import { calibrationError, reliability, type ReliabilityBin } from './calibrate.js';
import type { LabelledText } from './labelled-file.js';
import { auroc, classFigures, labelFigures, thresholdKeeping, type LabelFigures } from './scores.js';

export const LABELLED_TASKS = ['intent', 'topic'] as const;
export type LabelledTask = (typeof LABELLED_TASKS)[number];

export interface LabelledEvaluation {
  modelVersion: string;
  taxonomyVersion: string;
  task: LabelledTask;
  /** Texts whose label the model knows: those in scope. */
  texts: number;
  /** Of the best label, nothing rejected; and mean F1 of the labels that occur. */
  accuracy: number;
  macroF1: number;
  /** Expected calibration error of the best label's confidence, 15 bins; and the bins that are not empty. */
  calibrationError: number;
  reliability: ReliabilityBin[];
  /** As the pipeline labels: rejected, or under the confidence from which labels are told, counts as wrong. */
  asLabelled: { accuracy: number; labelled: number; accuracyOfLabelled: number };
  /** Texts labelled `out_of_scope` or `oos`, or with a label that the model does not have; null: there are none. */
  outOfScope: OutOfScope | null;
  labels: LabelFigures[];
  /** How often a truth got an answer, where it did; in-scope texts only. */
  confusion: { truth: string; answer: string; texts: number }[];
}

export interface OutOfScope {
  texts: number;
  /** By the best margin. */
  auroc: number;
  /** Share rejected by the model's own limit, set on held-out texts, and share of in-scope texts it keeps; null: no limit. */
  byModel: { recall: number; kept: number } | null;
  /** Share below the margin that 95 % of these in-scope texts reach. */
  recallAt95Kept: number;
}

interface Answer {
  truth: string;
  answer: string;
  confidence: number;
  right: boolean;
  margin: number;
  /** What the pipeline says; null: not sure enough. */
  label: string | null;
}

const CHUNK = 256;
/** How files name texts that no label fits. */
const OUTSIDE: ReadonlySet<string> = new Set([OUT_OF_SCOPE, 'oos']);

/** Measures a model on labelled texts of one's own. Throws ModelUnavailable, InvalidInput. */
export async function evaluateLabelled(options: {
  modelDir: string;
  test: readonly LabelledText[];
  task?: LabelledTask | undefined;
  signal?: AbortSignal | undefined;
}): Promise<LabelledEvaluation> {
  const { modelDir, test, task = 'intent', signal } = options;
  const model = loadModel(modelDir);
  const { version, taxonomy_version, heads } = model.spec;
  const head = heads[task];
  if (head === null)
    throw new PipelineError(
      'InvalidInput',
      `Model ${version} has no topics of its own: they follow from the intents.\nAllowed is --task intent.\nTrain with a topic column to measure topics.`,
    );
  const answers = await answerAll(model, head, task, test, signal);
  const inside = answers.filter((a) => head.labels.includes(a.truth) && !OUTSIDE.has(a.truth));
  const outside = answers.filter((a) => !inside.includes(a));
  if (inside.length === 0)
    throw new PipelineError(
      'InvalidInput',
      `None of the ${answers.length} test texts has a label that model ${version} knows.\nAllowed are its own labels; it has ${head.labels.length}.\nIs it the right model, and --task the right one?`,
    );
  const told = inside.filter((a) => a.label !== null && a.label !== OUT_OF_SCOPE);
  return {
    modelVersion: version,
    taxonomyVersion: taxonomy_version,
    task,
    ...classFigures(inside),
    calibrationError: calibrationError(inside),
    reliability: reliability(inside),
    asLabelled: {
      accuracy: told.filter((a) => a.label === a.truth).length / inside.length,
      labelled: told.length / inside.length,
      accuracyOfLabelled: told.filter((a) => a.label === a.truth).length / told.length,
    },
    outOfScope: outside.length === 0 ? null : outOfScope(inside, outside, heads.intent.in_scope_margin),
    labels: labelFigures(inside),
    confusion: confusion(inside),
  };
}

async function answerAll(
  model: LoadedModel,
  head: Head,
  task: LabelledTask,
  test: readonly LabelledText[],
  signal: AbortSignal | undefined,
): Promise<Answer[]> {
  const extractor = new FeatureExtractor(model.spec.features, model.idf, model.valence);
  const margins = new Float64Array(model.spec.outputs);
  const answers: Answer[] = [];
  for (const [n, row] of test.entries()) {
    if (n % CHUNK === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
    computeMargins(model, extractor, row.text, margins);
    const best = predictHead(head, margins, 0);
    const told = predictRow(model.spec, margins, 0)[task];
    const truth = task === 'topic' ? (row.topic ?? row.label) : row.label;
    answers.push({
      truth,
      answer: best.label,
      confidence: best.confidence,
      right: best.label === truth,
      margin: bestMargin(head, margins, 0),
      label: told.confidence >= UNKNOWN_BELOW ? told.label : null,
    });
  }
  return answers;
}

function outOfScope(inside: readonly Answer[], outside: readonly Answer[], limit: number | null): OutOfScope {
  const margins = inside.map((a) => a.margin);
  const below = (part: readonly Answer[], value: number): number =>
    part.filter((a) => a.margin < value).length / part.length;
  return {
    texts: outside.length,
    auroc: auroc(
      margins,
      outside.map((a) => a.margin),
    ),
    byModel: limit === null ? null : { recall: below(outside, limit), kept: 1 - below(inside, limit) },
    recallAt95Kept: below(outside, thresholdKeeping(margins, 0.95)),
  };
}

function confusion(answers: readonly Answer[]): LabelledEvaluation['confusion'] {
  const counts = new Map<string, { truth: string; answer: string; texts: number }>();
  for (const { truth, answer } of answers) {
    const key = `${truth}\t${answer}`;
    const known = counts.get(key) ?? { truth, answer, texts: 0 };
    known.texts++;
    counts.set(key, known);
  }
  return [...counts.values()].sort(
    (a, b) =>
      a.truth.localeCompare(b.truth, 'en') || b.texts - a.texts || a.answer.localeCompare(b.answer, 'en'),
  );
}
