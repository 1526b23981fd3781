import { machine, type BenchReport } from '../report.js';
import type { Base } from './base.js';
import type { Judged } from './goals.js';
import { figures, median, type Figure, type Result } from './measurement.js';

export interface RealReport {
  machine: BenchReport['machine'];
  source: { name: string; nocodb: string; postgres: string; rows: Base['rows']; days: string };
  runs: number;
  results: Result[];
  goals: Judged[];
}

export { machine };

/** The report for people: medians, with the range where there are several runs. */
export function renderReal({ machine: host, source, runs, results, goals }: RealReport): string {
  const table = [
    ['what', 'wall s', 'messages/s', 'CPU s', 'peak MB', 'command s'],
    ...results.filter(({ skipped }) => skipped === null).map(cells),
  ];
  const skipped = results.flatMap(({ title, skipped: why }) =>
    why === null ? [] : [`NOT MEASURED  ${title}: ${why}`],
  );
  const more = results.flatMap(({ id, samples }) => {
    const last = samples.at(-1)?.more;
    if (last === undefined) return [];
    return [
      `${id}: ${Object.entries(last)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
    ];
  });
  return [
    `NocoDB ${source.nocodb} over ${source.postgres}: ${source.rows.conversations} conversations, ${source.rows.messages} messages (${source.name}), ${source.days}`,
    `${host.cores} x ${host.cpu}, load ${host.loadBefore.toFixed(1)} before, Node ${host.node}; median${runs > 1 ? ` (range) of ${runs} runs` : ' of 1 run'}`,
    '',
    ...aligned(table),
    '',
    ...more,
    ...(skipped.length > 0 ? ['', ...skipped] : []),
    '',
    ...aligned([
      ['goal', 'measured', ''],
      ...goals.map(({ goal, measured, met }) => [goal, measured, met ? 'met' : 'NOT MET']),
    ]),
    ...(host.loadBefore > host.cores / 2
      ? ['', 'Other programs were busy on this machine: trust CPU seconds and ratios, not wall seconds.']
      : []),
    '',
  ].join('\n');
}

function cells(result: Result): string[] {
  const show = (figure: Figure, digits = 0): string => {
    const values = figures(result, figure);
    const middle = median(values);
    if (middle === null) return '';
    const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
    return values.length === 1 ? middle.toFixed(digits) : `${middle.toFixed(digits)} (${low}-${high})`;
  };
  return [
    result.title,
    show((sample) => sample.wall, 1),
    show(({ messages, wall }) => (messages === undefined ? null : messages / wall)),
    show((sample) => sample.cpu, 1),
    show((sample) => sample.peakRssMb),
    show((sample) => sample.commandWall, 1),
  ];
}

function aligned(table: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...table.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
