import type * as Classifier from '../../src/adapters/classifier/index.js';
import type * as Race from '../../src/adapters/classifier/race.js';
import type * as Features from '../../src/domain/categorize/features.js';
import type * as Datasets from '../../src/training/datasets.js';
import type { TextClassifier } from '../../src/ports/text-classifier.js';

type Load = <T>(path: string) => Promise<T>;

/** Texts of a call. */
const CALLS = [32, 256, 1024, 4096, 16_384];
/** How often each is measured, in turn; the fastest counts, since others use the machine too. */
const ROUNDS = 10;
/** Texts in all: enough for the largest call. */
const TEXTS = 16_384;

/** What a batch of texts is put through. */
export type Work = (batch: readonly string[]) => unknown;

/** The engines that can be had here with a model, and what is timed, by name: features alone, and each from text to labels. */
export async function openEngines({ load, model, gpu }: { load: Load; model: string; gpu: boolean }) {
  const classifiers = await load<typeof Classifier>('adapters/classifier/index.js');
  const { FeatureExtractor } = await load<typeof Features>('domain/categorize/features.js');
  const { spec, idf, valence } = classifiers.loadModel(model);
  const extractor = new FeatureExtractor(spec.features, idf, valence);
  const plain = classifiers.createTypedArrayClassifier(model);
  const from = process.env['TEST_TFJS_FROM'];
  const native = await classifiers.createTfjsClassifier(model, { gpu, ...(from && { from }) });
  const ways: Record<string, Work> = {
    'features alone': (batch) => batch.forEach((text) => extractor.extract(text)),
    [plain.engine]: labelling(plain),
    ...('reason' in native ? {} : { [native.engine]: labelling(native) }),
  };
  return { spec, plain, native, ways };
}

function labelling(classifier: TextClassifier): Work {
  const { signal } = new AbortController();
  return (batch) => classifier.classify(batch, signal);
}

/** A model by every engine that can be had here, over CLINC150's test texts in one thread, with a GPU or without. */
export async function engines(options: { load: Load; datasetsDir: string; model: string; gpu: boolean }) {
  const { load, datasetsDir } = options;
  const { agree } = await load<typeof Race>('adapters/classifier/race.js');
  const { readClinc150 } = await load<typeof Datasets>('training/datasets.js');
  const { spec, plain, native, ways } = await openEngines(options);
  const test = readClinc150(datasetsDir).filter(({ split }) => split === 'test');
  const texts = Array.from({ length: TEXTS }, (_, n) => test[n % test.length]?.text ?? '');
  return {
    model: spec.version,
    outputs: spec.outputs,
    texts: TEXTS,
    textsPerSecond: await textsPerSecond(texts, ways),
    ...('reason' in native
      ? { skipped: native.reason }
      : { agree: await countAgreeing(plain, native, texts, agree) }),
  };
}

/** Texts that both engines give the same labels, and scores that differ by rounding. */
async function countAgreeing(
  plain: TextClassifier,
  native: TextClassifier,
  texts: readonly string[],
  agree: typeof Race.agree,
): Promise<number> {
  const { signal } = new AbortController();
  const [a, b] = [await plain.classify(texts, signal), await native.classify(texts, signal)];
  return a.filter((one, n) => agree([one], b.slice(n, n + 1))).length;
}

/** Wall time, by texts a call and way. */
async function textsPerSecond(
  texts: readonly string[],
  ways: Record<string, Work>,
): Promise<Record<number, Record<string, number>>> {
  const found: Record<number, Record<string, number>> = {};
  for (const size of CALLS) {
    const best: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, work] of Object.entries(ways)) {
        const began = performance.now();
        for (let at = 0; at < texts.length; at += size) await work(texts.slice(at, at + size));
        const perSecond = (texts.length / (performance.now() - began)) * 1000;
        best[name] = Math.max(best[name] ?? 0, Math.round(perSecond));
      }
    }
    found[size] = best;
  }
  return found;
}
