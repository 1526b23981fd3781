import { describe, expect, it } from '@jest/globals';
import { departureOf, growthOf } from '../../../src/domain/report/anomalies.js';
import { addDays, weekdayIndex } from '../../../src/domain/report/period.js';
import { Random } from '../../../src/training/random.js';

const FIRST = '2024-01-01';
/** Weeks of history before the 90 days that are judged. */
const HISTORY = 56;

function poisson(mean: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
}

/** Counts by day with a weekly rhythm and slow growth, 20 of 90 days doubled or halved. */
function planted(
  seed: number,
  level: number,
): { counts: Map<string, number>; plants: Map<string, 'up' | 'down'> } {
  const numbers = new Random(seed);
  const random = () => numbers.next();
  const plants = new Map<string, 'up' | 'down'>();
  while (plants.size < 20) {
    const day = addDays(FIRST, HISTORY + Math.floor(random() * 90));
    plants.set(day, random() < 0.5 ? 'up' : 'down');
  }
  const counts = new Map<string, number>();
  for (let i = 0; i < HISTORY + 90; i++) {
    const day = addDays(FIRST, i);
    const weekend = weekdayIndex(day) > 4 ? 0.5 : 1;
    const change = plants.get(day) === 'up' ? 2 : plants.get(day) === 'down' ? 0.4 : 1;
    counts.set(day, poisson(level * weekend * (1 + i / 1_000) * change, random));
  }
  return { counts, plants };
}

describe('days that depart from their past', () => {
  it.each([
    [1, 200],
    [2, 200],
    [3, 200],
    [4, 200],
    [5, 200],
    [6, 1_000],
    [7, 5_000],
  ])('seed %s, about %s a day: of 20 planted at least 18 are found, at most 3 are false', (seed, level) => {
    const { counts, plants } = planted(seed, level);
    let found = 0;
    let wrong = 0;
    for (let i = 0; i < 90; i++) {
      const day = addDays(FIRST, HISTORY + i);
      const departure = departureOf(counts, day);
      if (departure === null) continue;
      if (plants.get(day) === departure.direction) found++;
      else wrong++;
    }
    expect(found).toBeGreaterThanOrEqual(18);
    expect(wrong).toBeLessThanOrEqual(3);
  });

  const steady = (value: number) =>
    new Map([
      ...Array.from({ length: 8 }, (_, i) => [addDays('2024-03-04', -7 * i), 100] as const),
      ['2024-03-11', value] as const,
    ]);

  it('compares with the same weekday, and says how far off', () => {
    expect(departureOf(steady(150), '2024-03-11')).toMatchObject({ expected: 100, direction: 'up' });
    expect(departureOf(steady(60), '2024-03-11')).toMatchObject({ expected: 100, direction: 'down' });
    expect(departureOf(steady(120), '2024-03-11')).toBeNull();
    // the days before it do not matter
    const monday = steady(100);
    for (let i = 1; i < 7; i++) monday.set(addDays('2024-03-11', -i), 5_000);
    expect(departureOf(monday, '2024-03-11')).toBeNull();
  });

  it('says nothing of few, of an unknown day, or with little past', () => {
    const few = new Map(
      Array.from({ length: 9 }, (_, i) => [addDays('2024-03-11', -7 * i), i === 0 ? 9 : 0]),
    );
    expect(departureOf(few, '2024-03-11')).toBeNull();
    expect(departureOf(steady(500), '2024-03-12')).toBeNull();
    const short = new Map([...steady(500)].filter(([day]) => day >= '2024-02-19'));
    expect(departureOf(short, '2024-03-11')).toBeNull();
  });
});

describe('growing labels', () => {
  it.each([
    [
      'half as many again, and the share has risen',
      { n: 90, of: 1_000 },
      { n: 40, of: 1_000, periods: 1 },
      true,
    ],
    ['the whole has grown with it', { n: 90, of: 2_250 }, { n: 40, of: 1_000, periods: 1 }, false],
    ['less than half as many again', { n: 55, of: 1_000 }, { n: 40, of: 1_000, periods: 1 }, false],
    ['fewer than 10', { n: 9, of: 100 }, { n: 1, of: 1_000, periods: 1 }, false],
    ['chance could give it', { n: 12, of: 100 }, { n: 7, of: 100, periods: 1 }, false],
    ['four days together', { n: 60, of: 400 }, { n: 80, of: 1_600, periods: 4 }, true],
    ['nothing to compare with', { n: 60, of: 400 }, { n: 0, of: 0, periods: 1 }, false],
  ])('%s', (_, now, before, grows) => {
    expect(growthOf(now, before) !== null).toBe(grows);
  });

  it('from nothing has no z', () => {
    expect(growthOf({ n: 30, of: 300 }, { n: 0, of: 300, periods: 1 })).toEqual({ z: null });
  });
});
