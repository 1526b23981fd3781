import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import { UsageError } from '../../src/client/errors.js';
import { checkStateFile, openState } from '../../src/client/state-keeper.js';
import { STATE_FORMAT, type ProcessingState } from '../../src/client/state-file.js';
import { loadConfig, type Config } from '../../src/config.js';
import type { CollectInput } from '../../src/domain/collection.js';
import { dayEnd } from '../../src/domain/period.js';
import { manifestOf, progressOf } from './support.js';

let dir: string;
let file: string;
let config: Config;
const told: string[] = [];
const tell = (line: string) => void told.push(line);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'state-'));
  file = join(dir, 'state', 'processing_state.json');
  told.length = 0;
  config = loadConfig({
    env: {
      LAKE_DIR: join(dir, 'lake'),
      NOCODB_BASE_URL: 'http://localhost:1',
      NOCODB_API_TOKEN: 't',
      NOCODB_PROJECT_ID: 'base1',
    },
    dotenvPath: null,
  });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const input: CollectInput = {
  startDate: '2026-03-01',
  endDate: '2026-03-04',
  appId: 'shop',
  batchSize: 50,
  concurrency: 4,
  mongodb: true,
};
const run = { workflowId: 'collect/shop/2026-03-01..2026-03-04', runId: 'run-1', input };
const read = () => JSON.parse(readFileSync(file, 'utf8')) as ProcessingState;

async function written(): Promise<void> {
  const state = await openState({ stateFile: file }, config, tell);
  await state!.begin(run);
  await state!.end('partial', progressOf());
  await state!.close();
}

async function failureOf(action: Promise<unknown>): Promise<UsageError> {
  const error: unknown = await action.catch((thrown: unknown) => thrown);
  if (!(error instanceof UsageError)) throw new Error(`expected a UsageError, not ${String(error)}`);
  return error;
}

describe('the state of a run', () => {
  it('says run, days, failed batches and counts, and is taken up again', async () => {
    const lake = createFileObjectStore(join(dir, 'lake'));
    const put = (key: string, value: unknown) => lake.put(key, Buffer.from(JSON.stringify(value)));
    const coverage = (day: string, run_id: string, complete: boolean) => ({
      shop: { covered_until: dayEnd(day), complete, source_count: 1, run_id },
    });
    await put(
      '_days/2026-03-01/manifest.json',
      manifestOf('2026-03-01', coverage('2026-03-01', 'run-1', true)),
    );
    await put(
      '_days/2026-03-02/manifest.json',
      manifestOf('2026-03-02', coverage('2026-03-02', 'run-1', false)),
    );
    await put(
      '_days/2026-03-03/manifest.json',
      manifestOf('2026-03-03', coverage('2026-03-03', 'other', true)),
    );
    const failed = {
      day: '2026-03-02',
      batch: 3,
      idFrom: '1',
      idTo: '9',
      count: 9,
      activity: 'fetchBatch',
      stage: 'fetch',
      attempts: 10,
      type: 'SourceUnavailable',
      message: 'gone',
    };
    await put('_state/runs/run-1/failures/2026-03-02-3.json', failed);

    await written();
    expect(read()).toMatchObject({
      format: STATE_FORMAT,
      version: 1,
      source: 'base1',
      run: {
        workflowId: run.workflowId,
        runId: 'run-1',
        startDate: '2026-03-01',
        endDate: '2026-03-04',
        appId: 'shop',
        status: 'partial',
        settings: { batchSize: 50, mongodb: true, limit: null },
      },
      days: { total: 4, done: 1, committed: { '2026-03-01': 'complete', '2026-03-02': 'partly' } },
      counts: { batches: { done: 5 }, conversations: { stored: 498 }, messages: { rejected: 10 } },
      failedBatches: [failed],
    });
    // Nothing but the state itself: what was written aside is renamed.
    expect(readdirSync(join(dir, 'state'))).toEqual(['processing_state.json']);

    const again = await openState({ stateFile: file }, config, tell);
    expect(again?.previous?.run.workflowId).toBe(run.workflowId);
    await again?.close();
    expect(told).toEqual([]);
  });

  it('follows the run: seldom written while it goes on', async () => {
    const state = await openState({ stateFile: file }, config, tell);
    await state!.begin(run);
    expect(read()).toMatchObject({ run: { status: 'running' }, days: null, counts: null });
    const before = readFileSync(file, 'utf8');
    for (let n = 0; n < 50; n++) state!.update(progressOf());
    expect(readFileSync(file, 'utf8')).toBe(before);
    await state!.end('complete', progressOf({ status: 'complete' }));
    expect(read()).toMatchObject({ run: { status: 'complete' }, counts: { batches: { done: 5 } } });
    await state!.close();
  });
});

describe('a state that cannot be used', () => {
  it.each([
    ['is cut off', (text: string) => text.slice(0, 200), 'not JSON'],
    ['is of another version', (text: string) => text.replace('"version": 1', '"version": 7'), 'version is 7'],
    [
      'is of another source',
      (text: string) => text.replace('"source": "base1"', '"source": "else"'),
      'source else',
    ],
    [
      'has a field of another form',
      (text: string) => text.replace('"runId": "run-1"', '"runId": 1'),
      'run.runId',
    ],
  ])('because it %s is kept under another name, and told', async (_, spoil, reason) => {
    await written();
    const spoiled = spoil(readFileSync(file, 'utf8'));
    writeFileSync(file, spoiled);
    const state = await openState({ stateFile: file }, config, tell);
    expect(state?.previous).toBeNull();
    await state!.begin(run);
    await state!.close();
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(reason);
    const aside = readdirSync(join(dir, 'state')).find((name) => name.endsWith('.old'));
    expect(told[0]).toContain(aside);
    expect(readFileSync(join(dir, 'state', aside!), 'utf8')).toBe(spoiled);
    expect(read()).toMatchObject({ format: STATE_FORMAT, version: 1, source: 'base1' });
  });

  it('because it is JSON of something else is refused, and left as it is', async () => {
    const foreign = join(dir, 'package.json');
    writeFileSync(foreign, '{"name": "mine"}');
    for (const action of [
      () => checkStateFile({ stateFile: foreign }),
      () => openState({ stateFile: foreign }, config, tell),
    ]) {
      const error = await failureOf(action());
      expect(error.message).toContain('--state-file');
      expect(error.message).toContain(foreign);
      expect(error.message.split('\n')).toHaveLength(3);
    }
    expect(readFileSync(foreign, 'utf8')).toBe('{"name": "mine"}');
  });

  it('because a directory lies there is refused', async () => {
    const error = await failureOf(checkStateFile({ stateFile: dir }));
    expect(error.message).toContain('EISDIR');
  });

  it('and one in S3 needs a lake in S3', async () => {
    const error = await failureOf(openState({ s3State: true }, config, tell));
    expect(error.message).toMatch(/--use-s3-state.*\n.*S3_ENABLED/);
  });

  it('because it cannot be written any more is told once, and ends nothing', async () => {
    const state = await openState({ stateFile: file }, config, tell);
    await state!.begin(run);
    rmSync(join(dir, 'state'), { recursive: true });
    await state!.end('running', progressOf());
    await state!.end('complete', progressOf());
    await state!.close();
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('The run goes on');
  });
});
