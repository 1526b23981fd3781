import type { Prediction, TextClassifier, TextPrediction } from '../../ports/text-classifier.js';
import { TENSORFLOW_GPU } from './tfjs.js';

/**
 * Texts a round, as many as a batch of conversations brings: a GPU is slower than typed arrays with few and faster with
 * many.
 */
const ROUND = 4096;
/** Rounds after one to warm up (a GPU's code is compiled on first use); the fastest counts, since others use the machine too. */
const ROUNDS = 3;
/** Scores of two engines may differ by rounding. */
const TOLERANCE = 1e-3;

const SAMPLES = [
  'where is my order, it should have been here on Monday',
  'hello',
  'I was charged twice and nobody answers my mails, please give me my money back',
  'how do I change the delivery address of an order that I placed an hour ago?',
  'thanks, that was quick!',
  'can I book a table for four people tomorrow evening at seven',
];

/** Labels the same made-up texts on both engines; the native one must agree and be faster to be chosen. */
export async function raceEngines(
  plain: TextClassifier,
  native: TextClassifier,
): Promise<{ winner: TextClassifier; loser: TextClassifier; why: string }> {
  const texts = Array.from(
    { length: ROUND },
    (_, n) => `${SAMPLES[n % SAMPLES.length] ?? ''} ${'ab'.repeat(n % 7)}`,
  );
  try {
    const [a, b] = [await timed(plain, texts), await timed(native, texts)];
    if (!agree(a.predictions, b.predictions))
      return { winner: plain, loser: native, why: `${native.engine} gave other labels in the warm-up` };
    const speeds = `${plain.engine} ${a.perSecond}, ${native.engine} ${b.perSecond} texts/s in the warm-up`;
    return isWorthIt(native.engine, b.perSecond / a.perSecond)
      ? { winner: native, loser: plain, why: speeds }
      : { winner: plain, loser: native, why: speeds };
  } catch (error) {
    // A library that loads and cannot compute must not stop the worker: the other engine can.
    const reason = error instanceof Error ? error.message : String(error);
    return { winner: plain, loser: native, why: `${native.engine} failed in the warm-up: ${reason}` };
  }
}

/**
 * Whether a native engine is to be taken. Without a device of its own it shares cores and event loop with everything
 * else, where typed arrays have a thread: it must be clearly faster.
 * @param speed as many times as fast as typed arrays
 */
export function isWorthIt(engine: string, speed: number): boolean {
  return speed > (engine === TENSORFLOW_GPU ? 1 : 1.25);
}

async function timed(
  engine: TextClassifier,
  texts: string[],
): Promise<{ predictions: TextPrediction[]; perSecond: number }> {
  const { signal } = new AbortController();
  const predictions = await engine.classify(texts, signal);
  let fastest = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await engine.classify(texts, signal);
    fastest = Math.min(fastest, performance.now() - began);
  }
  return { predictions, perSecond: Math.round((texts.length / fastest) * 1000) };
}

/** Whether two engines say the same, but for rounding. */
export function agree(a: readonly TextPrediction[], b: readonly TextPrediction[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, n) => {
      const other = b[n];
      return (
        other !== undefined &&
        (['topic', 'intent', 'sentiment'] as const).every((task) => {
          const difference = Math.abs(one[task].confidence - other[task].confidence);
          return (
            difference < TOLERANCE && (one[task].label === other[task].label || isTie(one[task], other[task]))
          );
        }) &&
        Math.abs(one.sentimentScore - other.sentimentScore) < TOLERANCE
      );
    })
  );
}

/** Two labels with equal margins: rounding decides which one comes first. */
function isTie(a: Prediction, b: Prediction): boolean {
  return a.runnerUp?.label === b.label && b.runnerUp?.label === a.label;
}
