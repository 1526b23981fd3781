export type { NocoDbConfig } from './config.js';
export { parseMapping, type NocoDbMapping } from './mapping.js';
export { createNocoDbSource, type NocoDbSourceOptions } from './source.js';
export { MappingError, type MappingQuestion } from './columns.js';
export type { BaseInfo, TableInfo } from './meta.js';
export { openSetup, type NocoDbSetup, type Trial, type TrialConversation } from './setup.js';
