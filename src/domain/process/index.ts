/** The process stage: raw rows → facts, and what is settled once labels are known. */
export type { ProcessContext, QualityFlag, StatusMeaning } from './context.js';
export { QUALITY_FLAGS } from './context.js';
export { compareRowIds } from './order.js';
export { processThread, type ProcessResult } from './process-thread.js';
export { settle, type SettleLabels } from './settle.js';
export { withoutText } from './without-text.js';
export { threadOfTexts } from './texts.js';
