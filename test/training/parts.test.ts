import { FeatureExtractor, DEFAULT_FEATURES } from '../../src/domain/categorize/features.js';
import { composeExamples } from '../../src/training/compose.js';
import type { Example } from '../../src/training/examples.js';
import { confidenceOfMargins, calibrationError, fitCalibration } from '../../src/training/calibrate.js';
import { parseCsv, parseTsv } from '../../src/training/delimited.js';
import { Random } from '../../src/training/random.js';
import { auroc, classFigures, correlation, thresholdKeeping } from '../../src/training/scores.js';
import { solveClass, solveScore } from '../../src/training/svm.js';

describe('delimited text', () => {
  test('quotes, doubled quotes, commas and line breaks within quotes, CRLF, BOM', () => {
    expect(parseCsv('\uFEFFa,b\r\n"x, ""y""\nz",2\r\n')).toEqual([
      ['a', 'b'],
      ['x, "y"\nz', '2'],
    ]);
    expect(parseCsv('a,b\nc,')).toEqual([
      ['a', 'b'],
      ['c', ''],
    ]);
  });
  test('tabs without quoting, blank lines left out', () => {
    expect(parseTsv('a\t"b\r\n\nc\td\n')).toEqual([
      ['a', '"b'],
      ['c', 'd'],
    ]);
  });
});

describe('figures', () => {
  test('accuracy and macro F1, worked by hand', () => {
    const pairs = [
      { truth: 'a', answer: 'a' },
      { truth: 'a', answer: 'b' },
      { truth: 'b', answer: 'b' },
      { truth: 'b', answer: 'c' },
    ];
    // F1 of a: 2*1/(2+1), of b: 2*1/(2+2); c is in no truth and has none.
    expect(classFigures(pairs)).toEqual({ texts: 4, accuracy: 0.5, macroF1: (2 / 3 + 1 / 2) / 2 });
  });
  test('AUROC: perfect, reversed, ties count half', () => {
    expect(auroc([3, 4], [1, 2])).toBe(1);
    expect(auroc([1, 2], [3, 4])).toBe(0);
    expect(auroc([1, 1], [1, 1])).toBe(0.5);
    expect(auroc([1, 3], [2])).toBe(0.5);
  });
  test('a threshold keeps the share it is asked for', () => {
    const values = Array.from({ length: 100 }, (_, n) => n);
    const limit = thresholdKeeping(values, 0.95);
    expect(values.filter((v) => v >= limit)).toHaveLength(95);
  });
  test('correlation', () => {
    expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1);
    expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
  });
});

describe('calibration', () => {
  test('finds how often a margin is right', () => {
    const random = new Random(3);
    const judged = Array.from({ length: 20_000 }, () => {
      const margin = random.next() * 2 - 1;
      const right = random.next() < 1 / (1 + Math.exp(-3 * margin));
      return { margins: Float64Array.of(margin, margin - 1), truth: right ? 0 : 1, weight: 1 };
    });
    const calibration = fitCalibration(judged);
    for (const [margin, expected] of [
      [0, 0.5],
      [0.5, 0.8176],
      [-0.8, 0.0832],
    ] as const)
      expect(confidenceOfMargins(calibration, Float64Array.of(margin, margin - 1))).toBeCloseTo(expected, 1);
  });
  test('stays finite where all held-out texts are right', () => {
    const { bias, margin, gap } = fitCalibration([{ margins: Float64Array.of(1, -1), truth: 0, weight: 1 }]);
    for (const value of [bias, margin, gap]) expect(Number.isFinite(value)).toBe(true);
  });
  test('error of confidences, worked by hand', () => {
    const sure = { confidence: 0.95, right: true };
    expect(calibrationError([sure, sure, { ...sure, right: false }, sure])).toBeCloseTo(0.2, 6);
    expect(calibrationError([{ confidence: 1, right: true }])).toBe(0);
  });
});

describe('dual coordinate descent', () => {
  const options = { c: 10, maxPasses: 200, tolerance: 1e-6, random: new Random(1) };
  const vector = (indices: number[], values: number[]) => ({
    indices: Int32Array.from(indices),
    values: Float32Array.from(values),
  });

  test('reaches the optimum of a problem with a known one', () => {
    // One feature x = ±1 without overlap: by symmetry the bias is 0, and minimising w²/2 + 2 C (1-w)² gives 4C/(1+4C).
    const vectors = [vector([0], [1]), vector([0], [-1])];
    const w = solveClass({ vectors, weights: Float64Array.of(1, 1) }, Uint8Array.of(1, 0), 1, options);
    expect(w[0]).toBeCloseTo(40 / 41, 4);
    expect(w[1]).toBeCloseTo(0, 4);
  });

  test('fits scores to within epsilon', () => {
    const vectors = [vector([0], [1]), vector([1], [1])];
    const w = solveScore({ vectors, weights: Float64Array.of(1, 1) }, Float64Array.of(0.8, -0.4), 2, {
      ...options,
      c: 1000,
      epsilon: 0.05,
    });
    expect(Math.abs(w[0]! + w[2]! - 0.8)).toBeLessThan(0.06);
    expect(Math.abs(w[1]! + w[2]! + 0.4)).toBeLessThan(0.06);
  });

  test('examples without weight count for nothing', () => {
    const extractor = new FeatureExtractor(DEFAULT_FEATURES, null);
    const vectors = ['buy apples', 'sell pears', 'sell apples'].map((text) => extractor.extract(text));
    const solve = (labels: Uint8Array) =>
      solveClass({ vectors, weights: Float64Array.of(1, 1, 0) }, labels, DEFAULT_FEATURES.buckets, {
        ...options,
        random: new Random(1),
      });
    expect(solve(Uint8Array.of(1, 0, 1))).toEqual(solve(Uint8Array.of(1, 0, 0)));
  });
});

describe('composed texts', () => {
  const example = (text: string, intent: string): Example => ({
    source: 'set',
    label: '',
    split: 'train',
    text,
    intent,
    weight: 1,
  });
  const requests = Array.from({ length: 200 }, (_, n) => example(`request ${String(n)}`, 'track_order'));
  const smallTalk = [example('hello there!', 'greet')];

  test('keep the label of the request and join it with small talk or a remark', () => {
    const composed = composeExamples([...requests, ...smallTalk], ['what a day', 'x'.repeat(80)], 1);
    expect(composed.length).toBeGreaterThan(30);
    expect(composed.length).toBeLessThan(90);
    for (const { text, intent, source } of composed) {
      expect([intent, source]).toEqual(['track_order', 'set composed']);
      expect(text).toMatch(/^(hello there|what a day)[.,!]? request \d+$|^request \d+\. what a day$/);
    }
    expect(composed).toEqual(composeExamples([...requests, ...smallTalk], ['what a day', 'x'.repeat(80)], 1));
  });

  test('are made of training texts only, and of no small talk alone', () => {
    const held = requests.map((e): Example => ({ ...e, split: 'test' }));
    expect(composeExamples([...held, ...smallTalk], ['what a day'], 1)).toEqual([]);
  });
});
