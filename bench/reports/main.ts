import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { machine } from '../report.js';
import { multiplyLake, writeLake } from './lake.js';
import type { OnceResult } from './once.js';
import { loadReportsProduct } from './product.js';

/** Conversations that the product itself writes; more are copies of them. */
const WRITTEN = 2_000;
const PERIOD = '2024-05';
const FROM = Date.UTC(2024, 4, 1);
const DAYS = 31;

interface Options {
  conversations: number;
  messages: number;
  runs: number;
  json: boolean;
}

interface Measured {
  conversations: number;
  messages: number;
  runs: OnceResult[];
  /** Median seconds of figures and list together. */
  seconds: number;
  maxRss: number;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const options = new Command('npm run bench:reports --')
    .description(`Measures a monthly report over ${DAYS} days, and one over ten times as much.`)
    .option('--conversations <n>', 'conversations, in thousands of 2', thousands, 20_000)
    .option('--messages <n>', 'messages', wholeNumber, 200_000)
    .option('--runs <n>', 'times that each is measured', wholeNumber, 3)
    .option('--json', 'print one JSON document on stdout', false)
    .parse(process.argv)
    .opts<Options>();
  const dir = await mkdtemp(join(tmpdir(), 'bench-reports-'));
  const load = loadavg()[0] ?? 0;
  try {
    const product = await loadReportsProduct();
    const storeAt = (name: string) => product.objectStore.createFileObjectStore(join(dir, name));
    say(`Writing ${WRITTEN} conversations through the product …`);
    const base = storeAt('base');
    await writeLake(product, base, join(dir, 'temp'), {
      conversations: WRITTEN,
      messages: Math.round((options.messages * WRITTEN) / options.conversations),
      from: FROM,
      days: DAYS,
    });
    const measured: Measured[] = [];
    for (const factor of [1, 10]) {
      const times = (options.conversations / WRITTEN) * factor;
      say(`Copying them ${times} times …`);
      await multiplyLake(base, storeAt(`lake-${factor}`), join(dir, 'copies'), times);
      say('Measuring …');
      measured.push(await measure(join(dir, `lake-${factor}`), options.runs));
    }
    const result = { machine: machine(load), period: PERIOD, days: DAYS, measured };
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : render(result));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function measure(lake: string, times: number): Promise<Measured> {
  const runs: OnceResult[] = [];
  for (let i = 0; i < times; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      fileURLToPath(new URL('once.js', import.meta.url)),
      lake,
      PERIOD,
    ]);
    runs.push(JSON.parse(stdout) as OnceResult);
  }
  const [first] = runs;
  const seconds = runs.map((run) => run.figures + run.conversationsList).sort((a, b) => a - b);
  return {
    conversations: first?.listed ?? 0,
    messages: first?.messages ?? 0,
    runs,
    seconds: seconds[Math.floor((seconds.length - 1) / 2)] ?? 0,
    maxRss: Math.max(...runs.map(({ maxRss }) => maxRss)),
  };
}

function render({
  machine: host,
  measured,
}: {
  machine: ReturnType<typeof machine>;
  measured: Measured[];
}): string {
  const cells = measured.map(({ conversations, messages, runs, seconds, maxRss }) => {
    const of = (value: (run: OnceResult) => number) => runs.map((run) => value(run).toFixed(2)).join(' ');
    return [
      `${conversations.toLocaleString('en')} conversations, ${messages.toLocaleString('en')} messages`,
      `  median ${seconds.toFixed(2)} s, highest memory ${Math.round(maxRss / 1e6)} MB`,
      `  figures ${of(({ figures }) => figures)} s; list of conversations ${of((run) => run.conversationsList)} s; CPU ${of(({ cpu }) => cpu)} s`,
    ].join('\n');
  });
  const [one, ten] = measured;
  const ratio = one === undefined || ten === undefined ? 0 : ten.seconds / one.seconds;
  return [
    `Monthly report over ${DAYS} days; ${host.cores} x ${host.cpu}, load ${host.loadBefore.toFixed(1)} before, Node ${host.node}`,
    ...cells,
    `Ten times as much takes ${ratio.toFixed(1)} times as long.`,
    '',
  ].join('\n');
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,7}$/.test(value)) throw new InvalidArgumentError('a whole number from 1');
  return Number(value);
}

function thousands(value: string): number {
  const number = wholeNumber(value);
  if (number % WRITTEN !== 0) throw new InvalidArgumentError(`a multiple of ${WRITTEN}`);
  return number;
}

await main();
