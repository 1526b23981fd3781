/**
 * The package as a library: what the command line does, as functions that print nothing. docs/api.md has examples.
 * Heavy modules (drivers, the worker, the embedded stack) are loaded only when they are used.
 */
export {
  collect,
  createClient,
  status,
  type Client,
  type ClientOptions,
  type CollectOptions,
  type ResumeOptions,
} from './client/client.js';
export { main } from './client/run.js';
export { CliError, UsageError } from './client/errors.js';
export { EXIT, type ExitCode } from './client/exit-codes.js';
export { ConfigError, type ConfigProblem } from './config/errors.js';
export { PipelineError, type FailureType } from './domain/errors.js';

export type { RunListing } from './client/collection.js';
export type { Io } from './client/globals.js';
export type { LabelCounts } from './client/labels.js';
export type { LogLevel } from './client/log-level.js';
export type { Coverage, DayListing, RunFailures, ScheduleListing, StatusReport } from './client/overview.js';
export type { CollectReport, DataPlaces } from './client/report.js';
export type { ProcessingState } from './client/state-file.js';
export type { CollectProgress, CollectSummary, RowCounts } from './domain/collection.js';
