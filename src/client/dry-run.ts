import { loadConfig, mergedEnvironment, type Config, type VariableName } from '../config.js';
import { dataDirectory } from '../devstack/paths.js';
import { findRunningDev } from '../devstack/state.js';
import { countDays, describeRange } from '../domain/period.js';
import type { SourceForecast } from '../ports/source-inspector.js';
import { MAX_BATCHES_PER_PAGE } from '../workflows/shared/window.js';
import type { DateRange } from './arguments.js';
import { findWatermark } from './changes-since.js';
import type { CollectRequest } from './collect-run.js';
import { forecastChanges, printChanges } from './dry-run-changes.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { colorsFor, type Colors } from './render/colors.js';
import { count, duration, plural } from './render/format.js';
import { dayLines } from './render/layout.js';
import { chooseRange } from './range.js';

/** Days listed one by one; a longer range is summed up. */
const DAYS_SHOWN = 31;

export type DryRunReport = DateRange & { appId: string | null; batchSize: number } & SourceForecast;

/** `collect --dry-run`: what a collection would take. Reads NocoDB, and starts and stores nothing. */
export async function dryRun(request: CollectRequest & { json: boolean }, io: Io): Promise<ExitCode> {
  if (request.resume === true) {
    throw new UsageError(
      '--dry-run says what a new collection would take, and --resume goes on with one that there is.\n' +
        'Allowed is one of the two.\nLeave --resume out, or look at the run: conversation-analytics status',
    );
  }
  const env = mergedEnvironment({ env: io.env });
  const flags: Partial<Record<VariableName, string>> =
    request.batchSize === undefined ? {} : { BATCH_SIZE: String(request.batchSize) };
  const config = await configWithSource(env, flags);
  const watermark = request.startDate === undefined ? await findWatermark(config, request.appId) : null;
  const changes = watermark && (await forecastChanges(config, request.appId, watermark));
  if (changes !== null) {
    printChanges(changes, request.json, io);
    return EXIT.complete;
  }
  const range = await rangeOf(request, config);
  const report = await forecast(config, range, request);
  if (request.json) printJson(io, report);
  else printLines(io.stdout, forecastLines(report, colorsFor(io.stdout, io.env)));
  return EXIT.complete;
}

/** The configuration, with the sample of a running `dev` where it names no NocoDB. */
async function configWithSource(
  env: Record<string, string>,
  flags: Partial<Record<VariableName, string>>,
): Promise<Config> {
  const config = loadConfig({ env, dotenvPath: null, flags });
  if (config.nocodb !== null) return config;
  const running = await findRunningDev(dataDirectory(env));
  const withDev = loadConfig({ env: { ...env, ...running?.env }, dotenvPath: null, flags });
  if (withDev.nocodb !== null) return withDev;
  throw new UsageError(
    '--dry-run looks into NocoDB, and NOCODB_BASE_URL is not set.\n' +
      'Without it, a collection reads the generated sample, which takes under a minute.\n' +
      'Name your own NocoDB: conversation-analytics init',
  );
}

async function rangeOf({ startDate, endDate, appId }: CollectRequest, config: Config): Promise<DateRange> {
  if (startDate !== undefined && endDate !== undefined) return { startDate, endDate };
  return chooseRange(config, appId, Date.now());
}

/** @throws PipelineError of the Source* kinds */
export async function forecast(
  config: Config,
  { startDate, endDate }: DateRange,
  { appId, limit }: Pick<CollectRequest, 'appId' | 'limit'>,
): Promise<DryRunReport> {
  const { createNocoDbSource } = await import('../adapters/nocodb/index.js');
  const { requireNocodb } = await import('../config.js');
  const source = createNocoDbSource(requireNocodb(config));
  const { multithreading, maxWorkers, ioThreads } = config.concurrency;
  try {
    const result = await source.forecast(
      { startDate, endDate, appId },
      {
        batchSize: config.batchSize,
        maxBatches: MAX_BATCHES_PER_PAGE,
        parallel: multithreading ? Math.min(maxWorkers, ioThreads) : 1,
        limit,
      },
      new AbortController().signal,
    );
    return { startDate, endDate, appId: appId ?? null, batchSize: config.batchSize, ...result };
  } finally {
    await source.close();
  }
}

export function forecastLines(report: DryRunReport, colors: Colors): string[] {
  const { days, sampled } = report;
  const withRows = days.filter(({ conversations }) => conversations > 0).length;
  const line = (name: string, value: string) => `  ${colors.dim(name.padEnd(15))}${value}`;
  const perDay = days.length > 1 && days.length <= DAYS_SHOWN ? dayLines(days, colors) : [];
  return [
    `${colors.bold('Dry run')} ${describeRange(report)}, ${report.appId === null ? 'all apps' : `app ${report.appId}`}: nothing was started or stored`,
    line(
      'days',
      `${count(countDays(report.startDate, report.endDate))}, ${count(withRows)} with conversations`,
    ),
    line('conversations', count(report.conversations)),
    line(
      'messages',
      sampled.conversations === report.conversations
        ? count(report.messages)
        : sampled.batches === 0
          ? `about ${count(report.messages)}`
          : `about ${count(report.messages)} (from ${plural(sampled.batches, 'batch').replace(/batchs$/, 'batches')} with ${count(sampled.conversations)} conversations)`,
    ),
    line('batches', `${count(report.batches)} of at most ${count(report.batchSize)} conversations`),
    line('reading', `${report.reading.strategy}: ${report.reading.reason}`),
    line('requests', `about ${count(report.requests)}`),
    line(
      'reading takes',
      `about ${duration(report.ms)} at ${report.requestsPerSecond} requests a second (NOCODB_REQUESTS_PER_SECOND)`,
    ),
    ...perDay,
    colors.dim(
      `This look took ${plural(report.requestsUsed, 'request')}. Categorizing and storing go on beside the reading: a run takes at least so long.`,
    ),
  ];
}
