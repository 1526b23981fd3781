/** The public list of workflows: a worker runs these, and the names here are in histories for good. */
export { buildReport } from './build-report.js';
export { collectConversations } from './collect-conversations.js';
export { processBatch } from './process-batch.js';
export { tick } from './tick.js';
export { reconcile } from './reconcile.js';
export { recategorizeRange } from './recategorize-range.js';
