import { createTypedArrayClassifier } from '../adapters/classifier/index.js';
import { POLARITIES, SENTIMENT_LIMITS } from '../domain/categorize/model.js';
import type { TextPrediction } from '../domain/categorize/prediction.js';
import { OUT_OF_SCOPE } from '../domain/categorize/taxonomy.js';
import { UNKNOWN_BELOW } from '../domain/categorize/vote.js';
import type { TextClassifier } from '../ports/text-classifier.js';
import { runBenchmarks, type BenchmarkFigures } from './benchmark.js';
import { calibrationError } from './calibrate.js';
import { readSgd } from './datasets.js';
import { intentExamples, readTaxonomy, sentimentExamples, type Example } from './examples.js';
import { classFigures, correlation, type ClassFigures } from './scores.js';

export interface EvaluateOptions {
  modelDir: string;
  datasetsDir: string;
  /** Also trains and measures the public benchmarks (some minutes). Default false. */
  benchmarks?: boolean | undefined;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface TaskFigures extends ClassFigures {
  /** Expected calibration error, 15 bins. */
  calibrationError: number;
  /** Share of texts whose confidence is high enough for a label, and the accuracy of those. */
  labelled: number;
  accuracyOfLabelled: number;
}

export interface Evaluation {
  modelVersion: string;
  taxonomyVersion: string;
  /** Test splits of the sets that the model was trained on: `all`, and each set. */
  topic: Record<string, TaskFigures>;
  intent: Record<string, TaskFigures>;
  /** User turns of Schema-Guided Dialogue: a domain without any training text; null where the set is absent. */
  unseen: { topic: TaskFigures; intent: TaskFigures } | null;
  /** CLINC150's texts out of scope: share answered `out_of_scope` or `unknown`; and in-scope texts so answered. */
  outOfScope: { recall: number; falseAlarms: number };
  /** Positive, negative, neutral by the label; correlation of the score where readers gave one. */
  sentiment: {
    goemotions: ClassFigures & { calibrationError: number };
    hutto: ClassFigures & { correlation: number };
  };
  benchmarks: BenchmarkFigures | null;
}

/** Measures a model on texts that it was not trained on. JSON-serialisable. Throws ModelUnavailable, InvalidInput. */
export async function evaluateModel(options: EvaluateOptions): Promise<Evaluation> {
  const { modelDir, datasetsDir, log = () => undefined } = options;
  const signal = options.signal ?? new AbortController().signal;
  const classifier = createTypedArrayClassifier(modelDir);
  const { mapping } = readTaxonomy(modelDir);
  const requests = intentExamples(datasetsDir, mapping, 1).filter((e) => e.split === 'test');
  log(`topic and intent on ${requests.length} test texts`);
  const answered = await answer(classifier, requests, signal);

  const heldOut = mapping.held_out['sgd'] ?? {};
  const sgd = readSgd(datasetsDir).flatMap(({ text, label }): Example[] => {
    const target = heldOut[label];
    return target === undefined ? [] : [{ source: 'sgd', label, split: 'test', text, ...target, weight: 1 }];
  });
  log(`a domain without training texts: ${sgd.length} texts`);
  const unseen = await answer(classifier, sgd, signal);

  const feelings = sentimentExamples(datasetsDir, mapping, 1).filter((e) => e.split === 'test');
  log(`sentiment on ${feelings.length} test texts`);
  const felt = await answer(classifier, feelings, signal);
  return {
    modelVersion: classifier.modelVersion,
    taxonomyVersion: classifier.taxonomyVersion,
    topic: bySource(answered, 'topic'),
    intent: bySource(answered, 'intent'),
    unseen:
      sgd.length === 0
        ? null
        : { topic: taskFigures(unseen, 'topic'), intent: taskFigures(unseen, 'intent') },
    outOfScope: outOfScope(answered),
    sentiment: {
      goemotions: sentimentFigures(felt.filter((a) => a.example.source === 'goemotions')),
      hutto: sentimentFigures(felt.filter((a) => a.example.source !== 'goemotions')),
    },
    benchmarks:
      options.benchmarks === true ? await runBenchmarks({ datasetsDir, mapping, log, signal }) : null,
  };
}

interface Answered {
  example: Example;
  prediction: TextPrediction;
}

async function answer(
  classifier: TextClassifier,
  examples: readonly Example[],
  signal: AbortSignal,
): Promise<Answered[]> {
  const predictions = await classifier.classify(
    examples.map((e) => e.text),
    signal,
  );
  return examples.flatMap((example, n) => {
    const prediction = predictions[n];
    return prediction === undefined ? [] : [{ example, prediction }];
  });
}

type Task = 'topic' | 'intent';

function bySource(answered: readonly Answered[], task: Task): Record<string, TaskFigures> {
  const figures: Record<string, TaskFigures> = { all: taskFigures(answered, task) };
  for (const source of [...new Set(answered.map((a) => a.example.source))]) {
    const part = answered.filter((a) => a.example.source === source && a.example[task] !== undefined);
    if (part.length > 0) figures[source] = taskFigures(part, task);
  }
  return figures;
}

function taskFigures(answered: readonly Answered[], task: Task): TaskFigures {
  const outcomes = answered.flatMap(({ example, prediction }) => {
    const truth = example[task];
    const { label, confidence } = prediction[task];
    return truth === undefined ? [] : [{ truth, answer: label, confidence, right: truth === label }];
  });
  const sure = outcomes.filter((o) => o.confidence >= UNKNOWN_BELOW);
  return {
    ...classFigures(outcomes),
    calibrationError: calibrationError(outcomes),
    labelled: sure.length / outcomes.length,
    accuracyOfLabelled: sure.filter((o) => o.right).length / sure.length,
  };
}

function outOfScope(answered: readonly Answered[]): Evaluation['outOfScope'] {
  const clinc = answered.filter((a) => a.example.source === 'clinc150' && a.example.intent !== undefined);
  const rejected = ({ prediction: { intent } }: Answered): boolean =>
    intent.label === OUT_OF_SCOPE || intent.confidence < UNKNOWN_BELOW;
  const share = (part: readonly Answered[]): number => part.filter(rejected).length / part.length;
  return {
    recall: share(clinc.filter((a) => a.example.label === 'oos')),
    falseAlarms: share(clinc.filter((a) => a.example.intent !== OUT_OF_SCOPE)),
  };
}

/** Three classes: very negative counts as negative, very positive as positive. */
function sentimentFigures(
  answered: readonly Answered[],
): ClassFigures & { calibrationError: number; correlation: number } {
  const outcomes = answered.map(({ example, prediction: { sentiment, sentimentScore } }) => {
    const truth = POLARITIES[example.polarity ?? 1] ?? '';
    const found = sentimentScore < SENTIMENT_LIMITS[1] ? 0 : sentimentScore < SENTIMENT_LIMITS[2] ? 1 : 2;
    const label: string = POLARITIES[found];
    return { truth, answer: label, confidence: sentiment.confidence, right: truth === label };
  });
  return {
    ...classFigures(outcomes),
    calibrationError: calibrationError(outcomes),
    correlation: correlation(
      answered.map((a) => a.prediction.sentimentScore),
      answered.map((a) => a.example.score ?? 0),
    ),
  };
}
