import { workerData } from 'node:worker_threads';
import { answering } from './answers.js';
import { createThreadTasks, type ThreadSettings } from './tasks.js';

/** Entry of a pool thread: its tools (language model, HTML parser) are loaded once and kept. */
const tasks = createThreadTasks(workerData as ThreadSettings);

export const processBatch = answering(tasks.processBatch);
export const processSwept = answering(tasks.processSwept);
export const encode = answering(tasks.encode);
