import { afterEach, describe, expect, it } from '@jest/globals';
import { createNocoDbSource } from '../../../src/adapters/nocodb/index.js';
import { startSampleServer } from '../../../src/devstack/sample/server.js';
import { describeLayout } from '../../support/nocodb/describe-layouts.js';
import { DAY, LAYOUTS, tablesOf } from '../../support/nocodb/layouts.js';

for (const layout of LAYOUTS) {
  describeLayout(layout, async ({ tables }) => {
    const server = await startSampleServer({ tables, token: 'token' });
    return {
      baseUrl: server.url,
      apiToken: 'token',
      projectId: server.baseId,
      stop: () => server.close(),
    };
  });
}

describe('layouts that cannot be read as they are', () => {
  const open: (() => Promise<unknown>)[] = [];
  const signal = new AbortController().signal;
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  const naive = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const connect = async (tables: ReturnType<typeof tablesOf>) => {
    const server = await startSampleServer({ tables, token: 'token' });
    const source = createNocoDbSource({
      baseUrl: server.url,
      apiToken: 'token',
      projectId: server.baseId,
      requestsPerSecond: 1_000,
    });
    open.push(
      () => server.close(),
      () => source.close(),
    );
    return source;
  };

  it.each([
    [
      'times without an offset',
      tablesOf({ timeType: 'LongText', time: naive }),
      /^Mapping key timezone: started_at/,
    ],
    [
      'dates whose month cannot be told',
      tablesOf({ timeType: 'LongText', time: () => '01/05/2024 10:00' }),
      /^Mapping key conversations\.started_at: none of the first 5 values of started_at can be read as a time/,
    ],
    [
      'starts that are JSON',
      tablesOf({ timeType: 'JSON' }),
      /^Mapping key conversations\.started_at: started_at is JSON/,
    ],
    [
      'no start at all',
      tablesOf({ external: true, start: 'Opened' }),
      /^Mapping key conversations\.started_at: no column says when a conversation started/,
    ],
    [
      'no key and no link',
      tablesOf({ key: 'Thing' }),
      /^Mapping key messages\.conversation: no column names the conversation/,
    ],
    [
      'no text',
      tablesOf({ content: 'Inhalt' }),
      /^Mapping key messages\.content: no column has a usual name/,
    ],
  ])('%s are refused before anything is read, by mapping key', async (_, tables, reason) => {
    const source = await connect(tables);
    const failure = source.survey(undefined, signal);
    await expect(failure).rejects.toMatchObject({ type: 'SourceSchema' });
    await expect(failure).rejects.toThrow(reason);
  });

  it('a time without an offset far behind the first rows ends the batch, and is not taken for UTC', async () => {
    const [conversations, messages] = tablesOf({
      timeType: 'LongText',
      time: (ms) => new Date(ms).toISOString(),
    });
    const [line] = messages!.rows;
    messages!.rows = Array.from({ length: 1_001 }, (_, n) => ({
      ...line,
      sent_at: n < 1_000 ? `${DAY}T00:00:10Z` : `${DAY} 00:00:10`,
    }));
    const source = await connect([conversations!, messages!]);
    await source.survey(undefined, signal);
    const reading = source.readBatch({ day: DAY, runId: 'r', idFrom: '1', idTo: '1', count: 1 }, signal);
    await expect(reading).rejects.toThrow(/^Mapping key timezone: sent_at \(messages\.sent_at\)/);
  });
});
