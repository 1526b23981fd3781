import { workerData } from 'node:worker_threads';
import { createThreadTasks, type ThreadSettings } from './tasks.js';

/** Entry of a pool thread: its tools (language model, HTML parser) are loaded once and kept. */
const tasks = createThreadTasks(workerData as ThreadSettings);

export const processBatch = tasks.processBatch;
export const processSwept = tasks.processSwept;
export const encode = tasks.encode;
