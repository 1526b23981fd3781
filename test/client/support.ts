import { PassThrough } from 'node:stream';

import type { Io } from '../../src/client/globals.js';
import type { CollectProgress } from '../../src/domain/collection.js';
import type { DayManifest } from '../../src/ports/lake.js';

/** A run in full swing; override what a test is about. */
export function progressOf(overrides: Partial<CollectProgress> = {}): CollectProgress {
  return {
    runId: 'run-1',
    startDate: '2026-03-01',
    endDate: '2026-03-04',
    appId: null,
    status: 'running',
    pauseReason: null,
    days: { total: 4, done: 1, incomplete: 0 },
    batches: { planned: 20, running: 8, done: 5, failed: 0 },
    plannedConversations: 2_000,
    undatedConversations: 0,
    mismatches: [],
    concurrency: 8,
    conversations: { received: 500, stored: 498, rejected: 2 },
    messages: { received: 5_000, stored: 4_990, rejected: 10 },
    rejects: { duplicate_conversation: 2, invalid_row: 10 },
    stageMs: { fetch: 4_000, process: 2_000, categorize: 1_000, store: 500 },
    ...overrides,
  };
}

/** Streams without a terminal that keep what is written, and the exit code. */
export function ioOf(env: Record<string, string>): { io: Io; stdout: () => string; stderr: () => string } {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => {
    const through = new PassThrough();
    through.on('data', (chunk: Buffer) => (written[name] += chunk.toString()));
    return through as unknown as NodeJS.WriteStream;
  };
  const io: Io = {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    setExitCode: () => undefined,
  };
  return { io, stdout: () => written.stdout, stderr: () => written.stderr };
}

/** The manifest of a committed day without rows: what is asked of it is its coverage. */
export function manifestOf(day: string, coverage: DayManifest['coverage']): DayManifest {
  return {
    day,
    commit_id: `c-${day}`,
    generation: 'g',
    committed_at: 0,
    schema_version: 1,
    model_versions: [],
    taxonomy_versions: [],
    files: {},
    rejects: null,
    min_event_at: null,
    max_event_at: null,
    has_open_conversations: false,
    coverage,
  };
}
