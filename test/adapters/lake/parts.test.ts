import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import { encodeParts } from '../../../src/adapters/lake/parts.js';
import { selectLines } from '../../../src/adapters/lake/table-sql.js';
import { unpack } from '../../../src/adapters/staging/ndjson.js';
import { CATEGORIES, CONVERSATIONS, MESSAGES } from '../../../src/domain/schema.js';
import type { AnyTable } from '../../../src/domain/table.js';
import { labelledThread } from '../support/threads.js';

const at = Date.UTC(2024, 2, 5);
const thread = (id: string, texts: string[]) =>
  labelledThread({ id, startedAt: at, fetchedAt: at + 1, runId: 'r', texts });

it('writes every value so that another reader finds it: text, nulls, lists, old instants', async () => {
  const one = thread('a', ['😀a', '', 'a\n"b"\u0000c']);
  one.conversation.quality_flags = [];
  one.conversation.status_raw = 'half \ud83d of a pair';
  one.conversation.source_created_at = Date.UTC(1931, 0, 1);
  const parts = encodeParts([one, thread('b', []), thread('c', ['z'])]);
  expect(parts.map(({ file, rows }) => [file, rows])).toEqual([
    ['conversations', 3],
    ['messages', 4],
    ['categories', 10],
  ]);
  const dir = await mkdtemp(join(tmpdir(), 'parts-'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
  for (const { file, bytes } of parts) await writeFile(join(dir, `${file}.ndjson`), unpack(bytes));
  const table = (of: AnyTable) => `(${selectLines(of, [join(dir, `${of.file}.ndjson`)], 100_000)})`;
  expect(
    await rows(`SELECT conversation_id AS id, quality_flags, source_created_at AS made, duration_s, unanswered, n_user,
                engaged FROM ${table(CONVERSATIONS)}`),
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
  expect(await rows(`SELECT text FROM ${table(MESSAGES)} WHERE text = '😀a'`)).toHaveLength(1);
  expect(
    await rows(`SELECT list(text ORDER BY seq) AS texts FROM ${table(MESSAGES)} WHERE message_id LIKE 'a-%'`),
  ).toEqual([{ texts: ['😀a', '', 'a\n"b"\u0000c'] }]);
  expect(await rows(`SELECT DISTINCT rank, score FROM ${table(CATEGORIES)}`)).toEqual([
    { rank: 1, score: null },
  ]);
  connection.closeSync();
  await rm(dir, { recursive: true });
});

it('writes no part for a table without rows', () => {
  expect(encodeParts([])).toEqual([]);
});

it('names the column of a row that does not fit, and no value', () => {
  const wrong = (change: (one: Record<string, unknown>) => void) => {
    const one = thread('a', ['private words']);
    change(one.messages[0] as unknown as Record<string, unknown>);
    return encodeParts([one]);
  };
  expect(() => wrong((m) => (m['seq'] = 1.7))).toThrow(
    expect.objectContaining({
      type: 'InvalidInput',
      message: expect.stringContaining('messages.seq must be i32, got a fraction'),
    }),
  );
  expect(() => wrong((m) => (m['seq'] = 2 ** 31))).toThrow('an integer out of range');
  expect(() => wrong((m) => (m['surplus'] = 'private words'))).toThrow('messages has no column surplus');
  expect(() => wrong((m) => delete m['actor'])).toThrow('messages.actor is missing');
  expect(() => wrong((m) => (m['actor'] = null))).toThrow('messages.actor is null and must not be');
  expect(() => wrong((m) => (m['quality_flags'] = ['a', null]))).toThrow('list<str>, got an array');
  expect(() => wrong((m) => (m['text'] = ['private words']))).not.toThrow('private words');
});

it('refuses two threads of one conversation', () => {
  expect(() => encodeParts([thread('a', []), thread('a', ['x'])])).toThrow('same conversation s:a');
});
