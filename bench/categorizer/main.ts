import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type * as Benchmark from '../../src/training/benchmark.js';
import type * as Examples from '../../src/training/examples.js';
import type { LabelledText } from '../../src/training/labelled-file.js';
import { leaveOneSourceOut } from './domains.js';
import { engines, openEngines, type Work } from './engines.js';
import { languages } from './languages.js';

/** `npm run bench:categorizer`: accuracy, out of scope and speed on a public benchmark, beside fastText and an SVC. */

const NAMES = ['clinc150', 'banking77', 'goemotions'] as const;
/** Sentiment of sources that were left out of the training. */
const DOMAINS = 'sentiment-domains';
/** Sentences of languages that the shipped model does not know. */
const LANGUAGES = 'languages';
/** A model by every engine and size of call. */
const ENGINES = 'engines';
/** Texts of a call, and how often all are labelled; the fastest counts, since others use the machine too. */
const BATCH = 256;
const ROUNDS = 5;

interface Options {
  dataset: (typeof NAMES)[number] | typeof DOMAINS | typeof LANGUAGES | typeof ENGINES;
  model: string;
  gpu: boolean;
  datasets: string;
  seeds: number;
  python: string;
  json: boolean;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const load = async <T>(path: string): Promise<T> =>
  (await import(new URL(`../../../dist/${path}`, import.meta.url).href)) as T;

async function main(): Promise<void> {
  const options = new Command('npm run bench:categorizer --')
    .description(
      'Trains on a public benchmark with its own labels, measures the model, and what else there is.',
    )
    .addOption(
      new Option('--dataset <name>', 'which benchmark')
        .choices([...NAMES, DOMAINS, LANGUAGES, ENGINES])
        .default('clinc150'),
    )
    .option('--datasets <dir>', 'directory with one folder a data set', '../shared/data')
    .option('--seeds <n>', 'trainings; the median is told', Number, 1)
    .option('--python <path>', 'Python with fasttext-wheel and scikit-learn, for the peers', 'python3')
    .option('--model <dir>', 'with engines: of which model', 'models/default')
    .option('--gpu', 'with engines: on a GPU where there is one', false)
    .option('--json', 'print one JSON document on stdout', false)
    .parse()
    .opts<Options>();
  const dir = mkdtempSync(join(tmpdir(), 'bench-categorizer-'));
  try {
    const report = await measure(options, dir);
    process.stdout.write(`${JSON.stringify(report, null, options.json ? undefined : 2)}\n`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function measure({ dataset, ...options }: Options, dir: string): Promise<unknown> {
  const from = { load, datasetsDir: resolve(options.datasets) };
  if (dataset === DOMAINS) return domains(options);
  if (dataset === LANGUAGES) return languages(from);
  if (dataset === ENGINES) return engines({ ...from, model: options.model, gpu: options.gpu });
  return bench({ ...options, dataset }, dir);
}

async function domains({ datasets, python, seeds }: Omit<Options, 'dataset'>) {
  const { readTaxonomy } = await load<typeof Examples>('training/examples.js');
  const { mapping } = readTaxonomy('models/default');
  const runs: Awaited<ReturnType<typeof leaveOneSourceOut>>[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const datasetsDir = resolve(datasets);
    runs.push(await leaveOneSourceOut({ load, datasetsDir, mapping, python, seed, say }));
  }
  // Which texts are held out depends on the seed, and with them VADER's figures.
  const middle = (n: number, of: 'macroF1' | 'vader'): number =>
    median(runs.map((run) => run[n]?.[of] ?? NaN));
  const sources = runs[0]?.map(({ source, texts }, n) => ({
    source,
    texts,
    macroF1: middle(n, 'macroF1'),
    vader: middle(n, 'vader'),
  }));
  return { dataset: 'sentiment-domains', sources, runs };
}

async function bench(
  { dataset, datasets, seeds, python }: Options & { dataset: (typeof NAMES)[number] },
  dir: string,
) {
  const loadBefore = loadavg()[0] ?? 0;
  const { runBenchmark, benchmarkData } = await load<typeof Benchmark>('training/benchmark.js');
  const { readTaxonomy } = await load<typeof Examples>('training/examples.js');
  const { mapping } = readTaxonomy('models/default');
  const modelDir = join(dir, 'model');
  const runs = [];
  for (let seed = 1; seed <= seeds; seed++) {
    say(`${dataset}: training with seed ${seed}`);
    const began = process.cpuUsage();
    const found = await runBenchmark({
      name: dataset,
      datasetsDir: resolve(datasets),
      mapping,
      outDir: modelDir,
      seed,
    });
    const { user, system } = process.cpuUsage(began);
    const { accuracy, macroF1, calibrationError, outOfScope } = found;
    runs.push({
      seed,
      accuracy,
      macroF1,
      calibrationError,
      outOfScope,
      trainingCpuSeconds: (user + system) / 1e6,
    });
  }
  const { train, test } = benchmarkData(dataset, resolve(datasets), mapping);
  const texts = test.map(({ text }) => text);
  return {
    dataset,
    machine: { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length, loadBefore },
    texts: { train: train.length, test: test.length },
    median: {
      accuracy: median(runs.map((run) => run.accuracy)),
      macroF1: median(runs.map((run) => run.macroF1)),
      calibrationError: median(runs.map((run) => run.calibrationError)),
      outOfScope: runs[0]?.outOfScope
        ? {
            auroc: median(runs.map((run) => run.outOfScope?.auroc ?? 0)),
            recallAt95Kept: median(runs.map((run) => run.outOfScope?.recallAt95Kept ?? 0)),
          }
        : null,
    },
    runs,
    textsPerCpuSecond: await speeds(modelDir, texts),
    loadedModelRssMb: rssOf(modelDir),
    peers: peersOf(python, dir, train, test),
  };
}

/** Raw text to labels by engine, and what features alone take. */
async function speeds(model: string, texts: readonly string[]): Promise<Record<string, number | string>> {
  const { spec, native, ways } = await openEngines({ load, model, gpu: false });
  const result: Record<string, number | string> = { outputs: spec.outputs };
  for (const [name, work] of Object.entries(ways)) result[name] = await fastest(texts, work);
  if ('reason' in native) {
    say(`SKIPPED: the native engine (${native.reason}); scripts/tfjs-native.sh obtains it`);
    result['native TensorFlow'] = `skipped: ${native.reason}`;
  } else await native.close();
  return result;
}

async function fastest(texts: readonly string[], work: Work): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = process.cpuUsage();
    for (let at = 0; at < texts.length; at += BATCH) await work(texts.slice(at, at + BATCH));
    const { user, system } = process.cpuUsage(began);
    best = Math.min(best, (user + system) / 1e6);
  }
  return Math.round(texts.length / best);
}

/** Growth of a fresh process that loads the model and labels a text, MB. */
function rssOf(modelDir: string): number {
  const module = new URL('../../../dist/adapters/classifier/index.js', import.meta.url).href;
  const program = `
    const { createTypedArrayClassifier } = await import(${JSON.stringify(module)});
    gc(); const before = process.memoryUsage.rss();
    const classifier = createTypedArrayClassifier(${JSON.stringify(modelDir)});
    await classifier.classify(['where is my order'], new AbortController().signal);
    gc(); console.log((process.memoryUsage.rss() - before) / 2 ** 20);`;
  const args = ['--expose-gc', '--input-type=module', '--eval', program];
  return Math.round(Number(execFileSync(process.execPath, args, { encoding: 'utf8' })));
}

function peersOf(
  python: string,
  dir: string,
  train: readonly LabelledText[],
  test: readonly LabelledText[],
): unknown {
  const write = (name: string, rows: readonly LabelledText[]): string => {
    const lines = rows.map(({ label, text }) => `${label}\t${text.replace(/\s+/g, ' ')}\n`);
    writeFileSync(join(dir, name), lines.join(''));
    return join(dir, name);
  };
  try {
    const args = ['bench/categorizer/peers.py', write('train.tsv', train), write('test.tsv', test)];
    return JSON.parse(execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    say(`SKIPPED: fastText and scikit-learn (${python} cannot run bench/categorizer/peers.py)`);
    return null;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

await main();
