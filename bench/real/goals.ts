import { figures, median, type Figure, type Result } from './measurement.js';

/** A goal beside what was measured. */
export interface Judged {
  goal: string;
  measured: string;
  met: boolean;
}

interface Goal {
  goal: string;
  /** Rows that it is judged by; it is left out where one was not measured. */
  needs: readonly string[];
  judge(of: (id: string, figure?: Figure) => number): Omit<Judged, 'goal'>;
}

const wall: Figure = (sample) => sample.wall;
const cpu: Figure = (sample) => sample.cpu;
const command: Figure = (sample) => sample.commandWall;
const memory: Figure = (sample) => sample.peakRssMb;
const more =
  (name: string): Figure =>
  ({ more }) => {
    const value = more?.[name];
    return typeof value === 'number' ? value : null;
  };

const atMost = (value: number, limit: number, unit = ''): Omit<Judged, 'goal'> => ({
  measured: `${value.toFixed(2)}${unit}`,
  met: value <= limit,
});
const atLeast = (value: number, limit: number, unit = ''): Omit<Judged, 'goal'> => ({
  measured: `${value.toFixed(2)}${unit}`,
  met: value >= limit,
});

const orchestration = (batchSize: number, limit: number | null): Goal => ({
  goal: `orchestration's share of CPU at batches of ${batchSize} ${limit === null ? '(reported)' : `≤ ${limit * 100} %`}`,
  needs: [`collect-${batchSize}`, `direct-${batchSize}`],
  judge: (of) => {
    const share = 1 - of(`direct-${batchSize}`, cpu) / of(`collect-${batchSize}`, cpu);
    return { measured: `${(share * 100).toFixed(1)} %`, met: limit === null || share <= limit };
  },
});

export const GOALS: readonly Goal[] = [
  {
    goal: 'collect at batches of 1,000 ≤ 0.5 × the one-page script',
    needs: ['collect-1000', 'script'],
    judge: (of) => atMost(of('collect-1000') / of('script'), 0.5, ' ×'),
  },
  {
    goal: 'collect at batches of 1,000 ≤ 1.2 × dlt with windows',
    needs: ['collect-1000', 'dlt-windows'],
    judge: (of) => atMost(of('collect-1000') / of('dlt-windows'), 1.2, ' ×'),
  },
  {
    goal: 'collect at batches of 100 ≤ 1.3 × at 1,000',
    needs: ['collect-100', 'collect-1000'],
    judge: (of) => atMost(of('collect-100') / of('collect-1000'), 1.3, ' ×'),
  },
  {
    goal: "with MongoDB ≤ 1.3 × without + the store's own bulkWrite",
    needs: ['mongodb', 'collect-1000', 'mongodb-alone'],
    judge: (of) => {
      const allowed = 1.3 * of('collect-1000') + of('mongodb-alone');
      return {
        measured: `${of('mongodb').toFixed(1)} s of ${allowed.toFixed(1)} s`,
        met: of('mongodb') <= allowed,
      };
    },
  },
  {
    goal: 'reading stage alone ≥ 0.8 of the rate of bounded windows',
    needs: ['reading', 'windows'],
    judge: (of) => atLeast(of('windows') / of('reading'), 0.8),
  },
  {
    goal: 'limiter: never blocked',
    needs: ['limiter'],
    judge: (of) => ({
      measured: `${of('limiter', more('refused'))} refused`,
      met: of('limiter', more('refused')) === 0,
    }),
  },
  {
    goal: 'limiter: ≥ 0.9 of what the budget allows',
    needs: ['limiter'],
    judge: (of) => atLeast(of('limiter', more('share of budget')), 0.9),
  },
  {
    goal: "limiter: --dry-run's number of requests within ± 10 %",
    needs: ['limiter'],
    judge: (of) => {
      const [sent, forecast] = [of('limiter', more('requests')), of('limiter', more('forecast'))];
      return { measured: `${forecast} said, ${sent} sent`, met: Math.abs(forecast / sent - 1) <= 0.1 };
    },
  },
  orchestration(1000, 0.2),
  orchestration(500, null),
  orchestration(100, null),
  orchestration(25, null),
  {
    goal: 'peak memory of the worker ≤ 500 MB',
    needs: ['collect-1000'],
    judge: (of) => atMost(of('collect-1000', memory), 500, ' MB'),
  },
  {
    goal: 'peak memory at ten times the conversations within 10 % of that',
    needs: ['growth', 'collect-1000'],
    judge: (of) => atMost(of('growth', memory) / of('collect-1000', memory), 1.1, ' ×'),
  },
  {
    goal: 'ten times the conversations ≤ 11 × the time',
    needs: ['growth', 'collect-1000'],
    judge: (of) => atMost(of('growth') / of('collect-1000'), 11, ' ×'),
  },
  {
    goal: 'a message of 100 kB and a conversation of 20,000 messages do not break it (≤ 500 MB)',
    needs: ['extremes'],
    judge: (of) => atMost(of('extremes', memory), 500, ' MB'),
  },
  {
    goal: 'CPU stages on 2 cores ≥ 1.6 × on 1',
    needs: ['cores-1', 'cores-2'],
    judge: (of) => atLeast(of('cores-1') / of('cores-2'), 1.6, ' ×'),
  },
  {
    goal: 'nothing new in a month: ≤ 4 requests',
    needs: ['incremental'],
    judge: (of) => ({
      measured: `${of('incremental', more('requests'))} requests`,
      met: of('incremental', more('requests')) <= 4,
    }),
  },
  {
    goal: 'nothing new in a month: ≤ 2 s, the whole command',
    needs: ['incremental'],
    judge: (of) => atMost(of('incremental', command), 2, ' s'),
  },
];

/** The goals whose rows were measured, by the medians. */
export function judge(results: readonly Result[]): Judged[] {
  const medians = (id: string, figure: Figure): number | null => {
    const result = results.find((each) => each.id === id);
    return result === undefined ? null : median(figures(result, figure));
  };
  return GOALS.filter(({ needs }) => needs.every((id) => medians(id, wall) !== null)).map((goal) => ({
    goal: goal.goal,
    ...goal.judge((id, figure = wall) => medians(id, figure) ?? NaN),
  }));
}
