import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import { encodeParts } from '../../../src/adapters/lake/parts.js';
import { labelledThread } from '../support/threads.js';

const at = Date.UTC(2024, 2, 5);
const thread = (id: string, texts: string[]) =>
  labelledThread({ id, startedAt: at, fetchedAt: at + 1, runId: 'r', texts });

it('writes every value so that another reader finds it: text, nulls, lists, old instants', async () => {
  const one = thread('a', ['😀a', '', 'a\n"b"\u0000c']);
  one.conversation.quality_flags = [];
  one.conversation.source_created_at = Date.UTC(1931, 0, 1);
  const parts = await encodeParts([one, thread('b', []), thread('c', ['z'])]);
  expect(parts.map(({ file, rows }) => [file, rows])).toEqual([
    ['conversations', 3],
    ['messages', 4],
    ['categories', 10],
  ]);
  const dir = await mkdtemp(join(tmpdir(), 'parts-'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
  for (const { file, bytes } of parts) await writeFile(join(dir, `${file}.parquet`), bytes);
  expect(
    await rows(`SELECT conversation_id AS id, quality_flags, source_created_at AS made, duration_s, unanswered, n_user,
                engaged FROM '${dir}/conversations.parquet'`),
  ).toEqual([
    {
      id: 'a',
      quality_flags: [],
      made: new Date(Date.UTC(1931, 0, 1)),
      duration_s: 121,
      unanswered: null,
      n_user: 3,
      engaged: true,
    },
    {
      id: 'b',
      quality_flags: ['a', 'b'],
      made: new Date(at),
      duration_s: null,
      unanswered: null,
      n_user: 0,
      engaged: false,
    },
    {
      id: 'c',
      quality_flags: ['a', 'b'],
      made: new Date(at),
      duration_s: null,
      unanswered: null,
      n_user: 1,
      engaged: true,
    },
  ]);
  expect(await rows(`SELECT text FROM '${dir}/messages.parquet' WHERE text = '😀a'`)).toHaveLength(1);
  expect(
    await rows(
      `SELECT list(text ORDER BY seq) AS texts FROM '${dir}/messages.parquet' WHERE message_id LIKE 'a-%'`,
    ),
  ).toEqual([{ texts: ['😀a', '', 'a\n"b"\u0000c'] }]);
  expect(await rows(`SELECT DISTINCT rank, score FROM '${dir}/categories.parquet'`)).toEqual([
    { rank: 1, score: null },
  ]);
  connection.closeSync();
  await rm(dir, { recursive: true });
});

it('writes no part for a table without rows', async () => {
  expect(await encodeParts([])).toEqual([]);
});

it('names the column of a row that does not fit, and no value', async () => {
  const wrong = (change: (one: Record<string, unknown>) => void) => {
    const one = thread('a', ['private words']);
    change(one.messages[0] as unknown as Record<string, unknown>);
    return encodeParts([one]);
  };
  await expect(wrong((m) => (m['seq'] = 1.7))).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('messages.seq must be i32, got a fraction'),
  });
  await expect(wrong((m) => (m['seq'] = 2 ** 31))).rejects.toThrow('an integer out of range');
  await expect(wrong((m) => (m['surplus'] = 'private words'))).rejects.toThrow(
    'messages has no column surplus',
  );
  await expect(wrong((m) => delete m['actor'])).rejects.toThrow('messages.actor is missing');
  await expect(wrong((m) => (m['actor'] = null))).rejects.toThrow('messages.actor is null and must not be');
  await expect(wrong((m) => (m['quality_flags'] = ['a', null]))).rejects.toThrow('list<str>, got an array');
  await expect(wrong((m) => (m['text'] = ['private words']))).rejects.not.toThrow('private words');
});

it('refuses two threads of one conversation', async () => {
  await expect(encodeParts([thread('a', []), thread('a', ['x'])])).rejects.toThrow('same conversation s:a');
});
