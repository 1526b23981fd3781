import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startSampleServer } from '../../src/devstack/sample/server.js';
import type { SampleTable } from '../../src/devstack/sample/table.js';
import { readExpected } from './independent-reader.js';
import { realisticDataset } from './realistic.js';

const VARIABLE = 'CONVERSATION_ANALYTICS_DATASETS';
const before = process.env[VARIABLE];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'datasets-'));
  process.env[VARIABLE] = directory;
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  if (before === undefined) Reflect.deleteProperty(process.env, VARIABLE);
  else process.env[VARIABLE] = before;
});

/** Dialogs of our own in the form of the data set. */
function writeDialogs(count: number, packed: boolean): void {
  const lines = Array.from({ length: count }, (_, index) => ({
    id: `9_${String(index).padStart(5, '0')}`,
    turns: [
      { s: 'U', t: `Hello, this is number ${index}` },
      { s: 'S', t: 'Hello, what would you like?' },
      { s: 'U', t: 'A table for two' },
    ],
  }));
  const text = lines.map((line) => JSON.stringify(line)).join('\n') + '\n';
  mkdirSync(join(directory, 'sgd'));
  writeFileSync(
    join(directory, 'sgd', packed ? 'train.jsonl.gz' : 'train.jsonl'),
    packed ? gzipSync(text) : text,
  );
}

describe('realistic rows', () => {
  it.each([true, false])('come from the data set where it is there (packed: %s)', (packed) => {
    writeDialogs(80, packed);
    const made = realisticDataset({ conversations: 60 });
    expect(made.source).toBe('sgd');
    const own = made.conversationRows.filter(({ conversation_id }) => /^sgd-/.test(String(conversation_id)));
    expect(new Set(own.map(({ conversation_id }) => conversation_id)).size).toBe(60);
    expect(made.messageRows.some(({ content }) => content === 'Hello, this is number 59')).toBe(true);
    expect(made.messageRows.some(({ content }) => content === 'Hello, this is number 60')).toBe(false);
    expect(realisticDataset({ conversations: 60 })).toEqual(made);
  });

  it('are generated otherwise', () => {
    const made = realisticDataset({ conversations: 60 });
    expect(made.source).toBe('generated');
    expect(made.conversationRows.length).toBeGreaterThan(60);
  });

  it('hold dirt of every kind, in known numbers, and no column that a NocoDB refuses', async () => {
    writeDialogs(300, true);
    const made = realisticDataset({ conversations: 300 });
    expect(Object.values(made.dirt).every((rows) => rows > 0)).toBe(true);
    const titles = new Set(
      [...made.conversationRows, ...made.messageRows].flatMap((row) => Object.keys(row)),
    );
    for (const system of ['Id', 'CreatedAt', 'UpdatedAt']) expect(titles).not.toContain(system);

    const server = await startSampleServer({ token: 't', tables: made.tables as SampleTable[] });
    try {
      const expected = await readExpected({ ...server, startDate: made.startDate, endDate: made.endDate });
      const rejected = (reason: string, table: string) =>
        expected.rejects.filter((reject) => reject.reason === reason && reject.table === table).length;
      const { dirt } = made;
      expect(expected.undated).toBe(
        dirt['started_at_null']! + dirt['started_at_before_2000']! + dirt['started_at_future']!,
      );
      expect(rejected('invalid_row', 'conversations')).toBe(dirt['conversation_id_missing']);
      expect(rejected('duplicate_conversation', 'conversations')).toBe(dirt['duplicate_conversation']);
      // Some of these lie in conversations without a usable start.
      expect(rejected('invalid_row', 'messages')).toBeLessThanOrEqual(dirt['message_id_missing']!);
      expect(expected.conversations.size).toBe(
        made.conversationRows.length -
          expected.undated -
          rejected('invalid_row', 'conversations') -
          rejected('duplicate_conversation', 'conversations'),
      );
    } finally {
      await server.close();
    }
  });
});
