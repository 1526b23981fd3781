import { cpus } from 'node:os';
import type { EndToEndResult } from './end-to-end.js';
import type { StageResult } from './stages.js';

export interface BenchReport {
  machine: { node: string; cores: number; cpu: string; loadBefore: number };
  settings: {
    source: string;
    conversations: number;
    batchSize: number;
    days: number;
    threads: { io: number; processing: number; batches: number };
    categorizer: string;
    mongodb: string | null;
  };
  stages: StageResult[];
  pipeline: StageResult;
  endToEnd: EndToEndResult;
  /**
   * Share of end to end that the same stages as a pipeline without Temporal and staging do not need. Negative where the
   * machine was busier during the pipeline than end to end.
   */
  orchestrationShare: {
    wall: number;
    /** Of the worker's own CPU time: less certain to hold what servers do, but hardly touched by other load. */
    cpu: number;
  };
}

export function machine(loadBefore: number): BenchReport['machine'] {
  const [first] = cpus();
  return { node: process.version, cores: cpus().length, cpu: first?.model ?? 'unknown', loadBefore };
}

/** The report for people. Rates are messages per second; the ratio is to end to end. */
export function render(report: BenchReport): string {
  const { endToEnd, pipeline, stages, settings, machine: host } = report;
  const base = endToEnd.messages / endToEnd.cost.wall;
  const row = (name: string, messages: number, { wall, cpu }: { wall: number; cpu: number }): string[] => [
    name,
    Math.round(messages / wall).toLocaleString('en'),
    `${(messages / wall / base).toFixed(1)}x`,
    wall.toFixed(2),
    cpu.toFixed(2),
  ];
  const table = [
    ['stage', 'messages/s', 'ratio', 'wall s', 'CPU s'],
    ...stages.map((stage) => row(stage.name, stage.messages, stage.cost)),
    row(pipeline.name, pipeline.messages, pipeline.cost),
    row('end to end', endToEnd.messages, endToEnd.cost),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...table.map((cells) => cells[column]?.length ?? 0)),
  );
  const lines = table.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  const { threads } = settings;
  return [
    `${endToEnd.conversations} conversations, ${endToEnd.messages} messages (${settings.source}), ${settings.days} days, batches of ${settings.batchSize}`,
    `${host.cores} x ${host.cpu}, load ${host.loadBefore.toFixed(1)} before, Node ${host.node}; ${threads.io} I/O and ${threads.processing} processing threads, ${threads.batches} batches in flight; categorizer: ${settings.categorizer}; MongoDB: ${settings.mongodb ?? 'none'}`,
    '',
    ...lines,
    '',
    `Orchestration's share: ${percent(report.orchestrationShare.wall)} of the wall time, ${percent(report.orchestrationShare.cpu)} of the worker's CPU time (${cpuPerBatch(report)} CPU ms a batch)`,
    ...(host.loadBefore > host.cores / 2
      ? ['Other programs were busy on this machine: trust CPU seconds, not wall seconds, rates and ratios.']
      : []),
    '',
  ].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function cpuPerBatch({ endToEnd, pipeline }: BenchReport): string {
  return (((endToEnd.cost.cpu - pipeline.cost.cpu) * 1000) / endToEnd.batches).toFixed(0);
}
