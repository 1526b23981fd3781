import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { labelledThread } from '../support/threads.js';
import { collect, openRig, READ, T0, type Rig } from './support.js';

jest.setTimeout(60_000);
/** A Python that has pyarrow, set by the test runner where it could get one. */
const python = process.env['TEST_PYARROW_PYTHON'] ?? '';

/** The code block of a language that follows a line of a document. */
function snippet(file: string, after: string, language: string): string {
  const docs = readFileSync(file, 'utf8');
  const text = docs.slice(docs.indexOf(`\n${after}\n`));
  const found = new RegExp('```' + language + '\n([^]*?)```').exec(text);
  if (!docs.includes(`\n${after}\n`) || found === null)
    throw new Error(`${file}: no ${language} after "${after}"`);
  return found[1]!;
}

let rig: Rig;
let home: string;
beforeAll(async () => {
  rig = await openRig();
  for (const [day, start] of [
    ['2024-03-05', T0],
    ['2024-03-06', T0 + 86_400_000],
  ] as const) {
    const threads = ['a', 'b'].map((id) =>
      labelledThread({
        id: `${id}${day}`,
        startedAt: start,
        fetchedAt: READ,
        runId: 'r',
        texts: ['😀a', 'x', 'y'],
      }),
    );
    await collect(rig.lake, { runId: 'r', day, batches: [threads] });
  }
  home = rig.dir;
});
afterAll(async () => {
  await rig.close();
});

describe('the examples of docs/lake.md read the lake', () => {
  it('DuckDB', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const statements = snippet('docs/lake.md', 'DuckDB:', 'sql')
      .replaceAll("'lake/", `'${home}/lake/`)
      .split(';');
    const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
    expect(await rows(statements[0]!)).toEqual([{ topic: 'billing', 'count_star()': 4n }]);
    expect(await rows(`${statements[1]!} WHERE text = '😀a'`)).toHaveLength(4);
    connection.closeSync();
  });

  (python === '' ? it.skip : it)('pyarrow', () => {
    const program =
      snippet('docs/lake.md', 'pyarrow:', 'python') +
      'print(table.num_rows, table.schema.field("started_at").type, table["month"][0])\n';
    expect(execFileSync(python, ['-c', program], { cwd: home, encoding: 'utf8' }).trim()).toBe(
      '4 timestamp[us, tz=UTC] 3',
    );
  });
});

describe('the examples of the README read the lake', () => {
  it('DuckDB', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const sql = snippet('README.md', 'DuckDB:', 'sql').replaceAll("'lake/", `'${home}/lake/`);
    expect((await connection.runAndReadAll(sql)).getRowObjectsJS()).toMatchObject([
      { topic: 'billing', conversations: 4n },
    ]);
    connection.closeSync();
  });

  (python === '' ? it.skip : it)('pyarrow', () => {
    const program = snippet('README.md', 'pyarrow:', 'python');
    expect(execFileSync(python, ['-c', program], { cwd: home, encoding: 'utf8' }).trim()).toBe('12');
  });
});
