import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory, dataDirectory } from '../../src/devstack/paths.js';
import { elapsed, withProgress } from '../../src/devstack/log.js';

test.each([
  [{}, join(homedir(), '.cache', 'conversation-analytics')],
  [{ XDG_CACHE_HOME: '/x/cache' }, '/x/cache/conversation-analytics'],
  [{ XDG_CACHE_HOME: 'relative' }, join(homedir(), '.cache', 'conversation-analytics')],
  [{ XDG_CACHE_HOME: '/x/cache', CONVERSATION_ANALYTICS_CACHE: '/own' }, '/own'],
  [{ CONVERSATION_ANALYTICS_CACHE: '' }, join(homedir(), '.cache', 'conversation-analytics')],
])('cache directory of %j', (env, expected) => expect(cacheDirectory(env)).toBe(expected));

test.each([
  [{}, '/project/.data'],
  [{ CONVERSATION_ANALYTICS_DATA: 'elsewhere' }, '/project/elsewhere'],
  [{ CONVERSATION_ANALYTICS_DATA: '/abs' }, '/abs'],
])('data directory of %j', (env, expected) => expect(dataDirectory(env, '/project')).toBe(expected));

test('elapsed time for people', () => {
  expect([elapsed(0, 400), elapsed(0, 12_300), elapsed(0, 185_000)]).toEqual(['0.4 s', '12 s', '3 min 5 s']);
});

test('a long task reports its detail and time, and stops reporting when it ends', async () => {
  const lines: string[] = [];
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const result = await withProgress(
    (line) => lines.push(line),
    'engine',
    async (note) => {
      await wait(35);
      note('5 MB');
      await wait(35);
      return 'done';
    },
    20,
  );
  const count = lines.length;
  await wait(60);
  expect(result).toBe('done');
  expect(lines[0]).toBe('engine …');
  expect(lines[1]).toMatch(/^engine: still at work \(0\.\d s\)$/);
  expect(lines.some((line) => /^engine: 5 MB \(0\.\d s\)$/.test(line))).toBe(true);
  expect(lines.at(-1)).toMatch(/^engine: done in 0\.\d s$/);
  expect(lines).toHaveLength(count);
});
