import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session } from '../src/client/session.js';
import { conversationsOfDialogues } from './dialogues.js';
import { endToEnd } from './end-to-end.js';
import { readOptions, type BenchOptions } from './options.js';
import { benchReal, renderReal } from './real/index.js';
import { loadProduct, type Product } from './product.js';
import { machine, render, type BenchReport } from './report.js';
import { Stages } from './stages.js';

/** Requests a second on a sample source: no limit, so that what is measured is the product and not its courtesy. */
const UNLIMITED = '1000';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The environment of a source: what the worker is started with, and the range that is collected. */
interface Source {
  env: Record<string, string>;
  startDate: string;
  endDate: string;
  close(): Promise<void>;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv);
  const load = loadavg()[0] ?? 0;
  const product = await loadProduct();
  if (options.source === 'real' && options.startDate === undefined) {
    const report = await benchReal(product, options, say);
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${renderReal(report)}`);
    return;
  }
  const dir = await mkdtemp(join(tmpdir(), 'bench-'));
  const source = await openSource(product, options);
  let session: Session | null = null;
  try {
    // The benchmark's own stack and directories: nothing of the user's is read or written but the source.
    session = await product.session.startSession({
      env: { ...source.env, BATCH_SIZE: String(options.batchSize), ...engineCache() },
      mongodb: true,
      ignoreProfile: true,
      dataDir: join(dir, 'stack'),
      sample: false,
      logLevel: 'warn',
      tell: say,
    });
    const report = await run(product, options, source, session, { dir, load });
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${render(report)}`);
  } finally {
    await session?.close();
    await source.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function run(
  product: Product,
  options: BenchOptions,
  source: Source,
  session: Session,
  { dir, load }: { dir: string; load: number },
): Promise<BenchReport> {
  const { nocodb, concurrency, mongodb } = session.config;
  if (nocodb === null)
    throw new Error('the source is not configured: set NOCODB_BASE_URL and its companions');
  const days = daysBetween(source.startDate, source.endDate);
  const stages = await Stages.open(
    product,
    {
      nocodb,
      days,
      batchSize: options.batchSize,
      ioThreads: concurrency.ioThreads,
      processingThreads: concurrency.processingThreads,
      maxWorkers: concurrency.maxWorkers,
      mongodbUri: mongodb?.uri ?? null,
      dir,
    },
    say,
  );
  try {
    const each = await stages.each((name) => say(`Measuring ${name} …`));
    say('Measuring all stages as one pipeline …');
    const pipeline = await stages.pipeline();
    say('Measuring end to end, through Temporal …');
    const whole = await endToEnd(product, session, {
      startDate: source.startDate,
      endDate: source.endDate,
      batchSize: options.batchSize,
      concurrency: concurrency.maxWorkers,
      mongodb: mongodb !== null,
    });
    return {
      machine: machine(load),
      settings: {
        source: options.dialogues === undefined ? options.source : 'dialogues',
        conversations: whole.conversations,
        batchSize: options.batchSize,
        days: days.length,
        threads: {
          io: concurrency.ioThreads,
          processing: concurrency.processingThreads,
          batches: concurrency.maxWorkers,
        },
        categorizer: stages.engine,
        mongodb: session.stack?.mongodb?.engine ?? null,
      },
      stages: each,
      pipeline,
      endToEnd: whole,
      orchestrationShare: {
        wall: 1 - pipeline.cost.wall / whole.cost.wall,
        cpu: 1 - pipeline.cost.cpu / whole.cost.cpu,
      },
    };
  } finally {
    await stages.close();
  }
}

async function openSource(product: Product, options: BenchOptions): Promise<Source> {
  if (options.source === 'real') {
    const env = Object.entries(process.env).filter(([name]) => name.startsWith('NOCODB_'));
    return {
      env: Object.fromEntries(env.map(([name, value]) => [name, value ?? ''])),
      startDate: options.startDate ?? '',
      endDate: options.endDate ?? '',
      close: () => Promise.resolve(),
    };
  }
  const { tables, firstDay, lastDay } =
    options.dialogues === undefined
      ? product.sample.generateSample({ conversations: options.conversations })
      : conversationsOfDialogues(options.dialogues, options.conversations);
  const server = await product.sample.startSampleServer({
    tables,
    token: randomBytes(12).toString('base64url'),
  });
  return {
    env: {
      NOCODB_BASE_URL: server.url,
      NOCODB_API_TOKEN: server.token,
      NOCODB_PROJECT_ID: server.baseId,
      NOCODB_REQUESTS_PER_SECOND: UNLIMITED,
    },
    startDate: firstDay,
    endDate: lastDay,
    close: () => server.close(),
  };
}

/** Where engines are kept may be named by the environment; nothing else of it is used. */
function engineCache(): Record<string, string> {
  const names = ['HOME', 'PATH', 'CONVERSATION_ANALYTICS_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let time = Date.parse(first); time <= Date.parse(last); time += 86_400_000) {
    days.push(new Date(time).toISOString().slice(0, 10));
  }
  return days;
}

await main();
