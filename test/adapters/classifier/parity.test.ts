import {
  createTfjsClassifier,
  createTypedArrayClassifier,
  defaultModelDir,
} from '../../../src/adapters/classifier/index.js';
import { loadNativeTensorFlow } from '../../../src/adapters/classifier/native-tensorflow.js';
import { entriesOfBatch } from '../../../src/adapters/classifier/tfjs.js';
import { agree, isWorthIt, raceEngines } from '../../../src/adapters/classifier/race.js';
import type { TextClassifier } from '../../../src/ports/text-classifier.js';
import { Random } from '../../../src/training/random.js';

/** A directory (with a trailing package.json) whose node_modules has the package: made by scripts/tfjs-native.sh DIR. */
const from = process.env['TEST_TFJS_FROM'];
/** Whether a GPU is to be used, where there is one. */
const gpu = process.env['TEST_TFJS_GPU'] === 'true';
const native = loadNativeTensorFlow({ gpu, ...(from === undefined ? {} : { from }) });
const missing = 'reason' in native ? native.reason : null;
if (missing !== null)
  process.stderr.write(
    `SKIPPED: the native TensorFlow engine is not tested: ${missing}. scripts/tfjs-native.sh obtains it.\n`,
  );

const WORDS =
  'where is my order refund please cancel the a to I want card broken thanks great terrible book table for two invoice password reset change address how much does it cost 👍 你好 café naïve 123 ! ? ...'.split(
    ' ',
  );

/** Made-up texts of 0 to 60 words. */
function texts(count: number): string[] {
  const random = new Random(5);
  const word = (): string => WORDS[Math.floor(random.next() * WORDS.length)] ?? '';
  return Array.from({ length: count }, () =>
    Array.from({ length: Math.floor(random.next() ** 2 * 60) }, word).join(' '),
  );
}

(missing === null ? test : test.skip)(
  'both engines label 5,000 texts alike',
  async () => {
    const options = { gpu, ...(from === undefined ? {} : { from }) };
    const plain = createTypedArrayClassifier(defaultModelDir());
    const tensorflow = await createTfjsClassifier(defaultModelDir(), options);
    if ('reason' in tensorflow) throw new Error(tensorflow.reason);
    const { signal } = new AbortController();
    const given = texts(5000);
    const [a, b] = [await plain.classify(given, signal), await tensorflow.classify(given, signal)];
    expect(agree(a, b)).toBe(true);
    expect(tensorflow.engine).toBe(gpu ? 'tensorflow gpu' : 'tensorflow cpu');

    // A small memory limit cuts the batches, and changes nothing else.
    const small = await createTfjsClassifier(defaultModelDir(), { ...options, gpuMemoryLimitMb: 1 });
    if ('reason' in small) throw new Error(small.reason);
    expect(agree(a.slice(0, 500), await small.classify(given.slice(0, 500), signal))).toBe(true);

    // A batch without any feature.
    const nothing = ['', ' '];
    expect(agree(await plain.classify(nothing, signal), await tensorflow.classify(nothing, signal))).toBe(
      true,
    );
    // Activities may label at the same time.
    const halves = [given.slice(0, 700), given.slice(700, 1500)];
    const both = await Promise.all(halves.map((half) => tensorflow.classify(half, signal)));
    expect(agree(a.slice(0, 1500), both.flat())).toBe(true);
    await Promise.all([tensorflow.close(), small.close()]);
  },
  120_000,
);

test('a device batch is bounded by the memory limit and by what 32 bits count', () => {
  const rows = 2 ** 17 + 2;
  // 256 MB less the weights and margins, half of it, 12 bytes an entry; but entries times outputs stay under 2^31.
  expect(entriesOfBatch(256, rows, 59, 4096)).toBe(
    Math.floor((256 * 2 ** 20 - (rows + 4096) * 59 * 4) / 2 / 12),
  );
  expect(entriesOfBatch(1, rows, 59, 4096)).toBe(Math.floor(2 ** 20 / 12));
  for (const outputs of [1, 59, 1000])
    expect(entriesOfBatch(1_048_576, rows, outputs, 4096) * outputs).toBeLessThan(2 ** 31);
});

describe('which devices TensorFlow sees', () => {
  const before = process.env['CUDA_VISIBLE_DEVICES'];
  afterEach(() => {
    if (before === undefined) delete process.env['CUDA_VISIBLE_DEVICES'];
    else process.env['CUDA_VISIBLE_DEVICES'] = before;
  });
  const seen = (options: { gpu: boolean; visibleDevices?: string }) => {
    process.env['CUDA_VISIBLE_DEVICES'] = '3';
    loadNativeTensorFlow({ ...options, from: '/nowhere/package.json' });
    return process.env['CUDA_VISIBLE_DEVICES'];
  };

  test('those of the settings, also where a file has them; else those of the environment; none without a GPU', () => {
    expect(seen({ gpu: true, visibleDevices: '1' })).toBe('1');
    expect(seen({ gpu: true })).toBe('3');
    expect(seen({ gpu: false, visibleDevices: '1' })).toBe('-1');
  });
});

test('a missing package is a reason, no error', async () => {
  const absent = await createTfjsClassifier(defaultModelDir(), { gpu: false, from: '/nowhere/package.json' });
  expect(absent).toEqual({ reason: '@tensorflow/tfjs-node-gpu is not installed' });
});

describe('the race', () => {
  const plain = createTypedArrayClassifier(defaultModelDir());

  test('never takes an engine that labels otherwise, however fast', async () => {
    const wrong = {
      ...plain,
      engine: 'tensorflow gpu',
      classify: async (given: readonly string[]) => {
        const [one] = await plain.classify(['hello'], new AbortController().signal);
        return given.map(() => one!);
      },
    };
    const { winner, why } = await raceEngines(plain, wrong);
    expect(winner).toBe(plain);
    expect(why).toMatch(/other labels/);
  });

  test('never takes an engine that fails', async () => {
    const broken = {
      ...plain,
      engine: 'tensorflow gpu',
      classify: () => Promise.reject(new Error('no device')),
    };
    const { winner, why } = await raceEngines(plain, broken);
    expect(winner).toBe(plain);
    expect(why).toMatch(/failed in the warm-up: no device/);
  });

  test('a native engine without a device of its own must be clearly faster', () => {
    expect(isWorthIt('tensorflow gpu', 1.1)).toBe(true);
    expect(isWorthIt('tensorflow gpu', 0.9)).toBe(false);
    expect(isWorthIt('tensorflow cpu', 1.1)).toBe(false);
    expect(isWorthIt('tensorflow cpu', 1.3)).toBe(true);
  });

  test('takes the faster of two that agree', async () => {
    const [one] = await plain.classify(['hello'], new AbortController().signal);
    const engine = (name: string, delayMs: number): TextClassifier => ({
      ...plain,
      engine: name,
      classify: async (given) => {
        await new Promise((done) => setTimeout(done, delayMs));
        return given.map(() => one!);
      },
    });
    const [fast, slow] = [engine('fast', 1), engine('slow', 150)];
    expect((await raceEngines(fast, slow)).winner).toBe(fast);
    const { winner, loser, why } = await raceEngines(slow, fast);
    expect([winner, loser]).toEqual([fast, slow]);
    expect(why).toMatch(/^slow \d+, fast \d+ texts\/s in the warm-up$/);
  });
});
