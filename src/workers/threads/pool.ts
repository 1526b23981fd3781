import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { CpuPool, EncodedPart, ProcessedBatch, ProcessedSwept } from '../../ports/cpu-pool.js';
import { answerOf } from './answers.js';
import { createThreadTasks, type ProcessTask, type SweptTask, type ThreadSettings } from './tasks.js';

/** Memory of one thread, MB: a batch's rows several times over; a thread that needs more is stopped, not the worker. */
const THREAD_MEMORY_MB = 1024;
/** Of that, what is young: by Node's default three times as much lies fallow in every thread. */
const YOUNG_MEMORY_MB = 16;
export const THREAD_LIMITS = {
  maxOldGenerationSizeMb: THREAD_MEMORY_MB,
  maxYoungGenerationSizeMb: YOUNG_MEMORY_MB,
};
/** A thread that has had nothing to do for so long ends, and gives its memory back. */
const IDLE_MS = 60_000;

/** @param threads at most so many at once; 0: no threads, the work is done inline */
export function createCpuPool(threads: number, settings: ThreadSettings): CpuPool {
  return threads === 0 ? inlinePool(settings) : threadPool(threads, settings);
}

function threadPool(threads: number, settings: ThreadSettings): CpuPool {
  const pool = new Piscina({
    filename: compiledTask('task.js'),
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    resourceLimits: THREAD_LIMITS,
    workerData: settings,
  });
  const run = <T>(name: string, task: unknown, signal: AbortSignal): Promise<T> =>
    answerOf<T>(pool.run(task, { name, signal }));
  return {
    process: (raw, context, signal) =>
      run<ProcessedBatch>('processBatch', { raw, ...context } satisfies ProcessTask, signal),
    processSwept: (swept, context, signal) =>
      run<ProcessedSwept>('processSwept', { swept, ...context } satisfies SweptTask, signal),
    encodeParts: (staged, signal) => run<EncodedPart[]>('encode', staged, signal),
    close: () => pool.close(),
  };
}

function inlinePool(settings: ThreadSettings): CpuPool {
  const tasks = createThreadTasks(settings);
  return {
    process: (raw, context) => Promise.resolve(tasks.processBatch({ raw, ...context })),
    processSwept: (swept, context) => Promise.resolve(tasks.processSwept({ swept, ...context })),
    encodeParts: (staged) => Promise.resolve(tasks.encode(staged)),
    close: () => Promise.resolve(),
  };
}

/** Threads load compiled code, also where this file runs from its TypeScript source. @param name of a file beside it */
export function compiledTask(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url).href.replace('/src/workers/', '/dist/workers/'));
}
