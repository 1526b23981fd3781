import type * as Classifier from '../../src/adapters/classifier/index.js';
import type * as Race from '../../src/adapters/classifier/race.js';
import type * as Features from '../../src/domain/categorize/features.js';
import type * as Datasets from '../../src/training/datasets.js';
import type { TextClassifier } from '../../src/ports/text-classifier.js';

type Load = <T>(path: string) => Promise<T>;

/** Texts of a call. */
const CALLS = [32, 256, 1024, 4096, 16_384];
/** How often each is measured; the fastest counts, since others use the machine too. */
const ROUNDS = 5;
/** Texts in all: enough for the largest call. */
const TEXTS = 16_384;

/** One engine, raw text to labels in one thread. */
interface EngineRow {
  engine: string;
  /** Texts a second of wall time by texts a call. */
  textsPerSecond: Record<number, number>;
  /** Share of the time that features take, by texts a call; the rest is sums and labels. */
  featuresShare: Record<number, number>;
  /** Texts whose labels are those of the typed arrays and whose scores differ by less than 1e-3. */
  agree: number;
}

/** The shipped model by every engine that can be had here, over CLINC150's test texts, with a GPU or without. */
export async function engines(options: { load: Load; datasetsDir: string; gpu: boolean }) {
  const { load, datasetsDir, gpu } = options;
  const classifiers = await load<typeof Classifier>('adapters/classifier/index.js');
  const { agree } = await load<typeof Race>('adapters/classifier/race.js');
  const { FeatureExtractor } = await load<typeof Features>('domain/categorize/features.js');
  const { readClinc150 } = await load<typeof Datasets>('training/datasets.js');
  const modelDir = classifiers.defaultModelDir();
  const { spec, idf, valence } = classifiers.loadModel(modelDir);

  const test = readClinc150(datasetsDir).filter(({ split }) => split === 'test');
  const texts = Array.from({ length: TEXTS }, (_, n) => test[n % test.length]?.text ?? '');
  const extractor = new FeatureExtractor(spec.features, idf, valence);
  const features = await bySize(texts, (batch) => {
    for (const text of batch) extractor.extract(text);
  });

  const plain = classifiers.createTypedArrayClassifier(modelDir);
  const from = process.env['TEST_TFJS_FROM'];
  const native = await classifiers.createTfjsClassifier(modelDir, { gpu, ...(from && { from }) });
  const { signal } = new AbortController();
  const expected = await plain.classify(texts, signal);
  const rows: EngineRow[] = [];
  for (const engine of 'reason' in native ? [plain] : [plain, native]) {
    const labels = await engine.classify(texts, signal);
    const same = labels.filter((label, n) => agree([label], expected.slice(n, n + 1))).length;
    const textsPerSecond = await bySize(texts, labelling(engine));
    const featuresShare = Object.fromEntries(
      CALLS.map((size) => [size, (textsPerSecond[size] ?? NaN) / (features[size] ?? NaN)]),
    );
    rows.push({ engine: engine.engine, textsPerSecond, featuresShare, agree: same });
  }
  return {
    model: spec.version,
    outputs: spec.outputs,
    texts: TEXTS,
    features,
    engines: rows,
    ...('reason' in native && { skipped: native.reason }),
  };
}

function labelling(classifier: TextClassifier): (batch: readonly string[]) => Promise<unknown> {
  const { signal } = new AbortController();
  return (batch) => classifier.classify(batch, signal);
}

/** Texts a second of wall time by texts a call. */
async function bySize(
  texts: readonly string[],
  work: (batch: readonly string[]) => unknown,
): Promise<Record<number, number>> {
  const found: Record<number, number> = {};
  for (const size of CALLS) {
    let best = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      for (let at = 0; at < texts.length; at += size) await work(texts.slice(at, at + size));
      best = Math.min(best, performance.now() - began);
    }
    found[size] = Math.round((texts.length / best) * 1000);
  }
  return found;
}
