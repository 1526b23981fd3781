export type { NocoDbConfig } from './config.js';
export { parseMapping, type NocoDbMapping } from './mapping.js';
export { createNocoDbSource, type NocoDbSourceOptions } from './source.js';
