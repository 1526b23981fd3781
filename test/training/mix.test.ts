import { fitMix, type MixRow } from '../../src/training/mix.js';
import { solve } from '../../src/training/linear.js';
import { Random } from '../../src/training/random.js';

test('solve finds what a symmetric system has as its solution', () => {
  const matrix = [
    [4, 1, 0],
    [1, 3, 1],
    [0, 1, 2],
  ];
  const x = [1, -2, 3];
  const right = matrix.map((row) => row.reduce((sum, value, k) => sum + value * (x[k] ?? 0), 0));
  solve(matrix, right).forEach((value, k) => expect(value).toBeCloseTo(x[k]!, 10));
});

describe('the mix', () => {
  /** The first input tells the class, the second is noise; half of all rows are neutral. */
  const rows = (): MixRow[] => {
    const random = new Random(3);
    return Array.from({ length: 400 }, (_, n) => {
      const polarity = [0, 1, 1, 2][n % 4] ?? 1;
      const told = polarity - 1 + (random.next() - 0.5) * 0.8;
      return { inputs: [told, random.next() - 0.5], polarity, score: polarity - 1, weight: 1 };
    });
  };
  const best = (mix: ReturnType<typeof fitMix>, inputs: readonly number[]): number => {
    const margins = mix.classes.map((row) =>
      row.reduce((sum, weight, k) => sum + weight * ([...inputs, 1][k] ?? 0), 0),
    );
    return margins.indexOf(Math.max(...margins));
  };

  test('relies on what tells the class, and not on noise', () => {
    const data = rows();
    const mix = fitMix(data);
    const right = data.filter(({ inputs, polarity }) => best(mix, inputs) === polarity).length;
    expect(right / data.length).toBeGreaterThan(0.95);
    expect(Math.abs(mix.classes[2]![0]!)).toBeGreaterThan(5 * Math.abs(mix.classes[2]![1]!));
    expect(mix.score[0]).toBeGreaterThan(0.8);
    expect(Math.abs(mix.score[1]!)).toBeLessThan(0.1);
  });

  test('is the same for the same rows, however a class is weighted', () => {
    expect(fitMix(rows())).toEqual(fitMix(rows()));
    const heavy = rows().map((row) => (row.polarity === 1 ? { ...row, weight: 7 } : row));
    fitMix(heavy).classes.forEach((row, k) =>
      row.forEach((value, a) => expect(value).toBeCloseTo(fitMix(rows()).classes[k]![a]!, 6)),
    );
  });
});
