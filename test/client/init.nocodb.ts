import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createNocoDbSource } from '../../src/adapters/nocodb/index.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { init } from '../../src/client/init/index.js';
import { loadConfig } from '../../src/config.js';
import { asAdmin, createBase, insertRows, nocoDbAccess } from '../support/nocodb/create-base.js';
import { DAY, LINES, tablesOf } from '../support/nocodb/layouts.js';
import { ioOf } from './support.js';

/** A base with names of its own, and a link instead of a key: from nothing to conversations that are read. */
describe('init on a real NocoDB', () => {
  const access = nocoDbAccess();
  const home = process.cwd();
  let base: Awaited<ReturnType<typeof createBase>>;
  let directory: string;

  beforeAll(async () => {
    const [talks, lines] = tablesOf({
      table: 'Tickets',
      lines: 'Zeilen',
      id: 'Ticket No',
      app: 'Marke',
      user: 'Kunde',
      start: 'Opened',
      status: 'Stand',
      key: 'Ticket',
      role: 'Von',
      content: 'Inhalt',
      sent: 'Um',
    });
    if (!talks || !lines) throw new Error('two tables');
    base = await createBase(access, `init ${Date.now()}`, [
      talks,
      { ...lines, columns: lines.columns.filter(({ title }) => title !== 'Ticket'), rows: [] },
    ]);
    const { Tickets = '', Zeilen = '' } = base.tableIds;
    await asAdmin(access, 'POST', `/api/v2/meta/tables/${Tickets}/columns`, {
      uidt: 'LinkToAnotherRecord',
      title: 'Lines',
      parentId: Tickets,
      childId: Zeilen,
      type: 'hm',
    });
    const { columns } = (await asAdmin(access, 'GET', `/api/v2/meta/tables/${Zeilen}`)) as {
      columns: { title: string; uidt: string }[];
    };
    const key = columns.find(({ uidt }) => uidt === 'ForeignKey')?.title ?? 'no foreign key';
    const rows = lines.rows.map((row) => ({ ...row, Ticket: undefined, [key]: 1 }));
    await insertRows(access, base.projectId, Zeilen, rows);
    directory = await mkdtemp(join(tmpdir(), 'init-'));
    process.chdir(directory);
  }, 60_000);

  afterAll(async () => {
    process.chdir(home);
    await base.stop();
    await rm(directory, { recursive: true });
  });

  const run = async (set: string[]) => {
    const { io, stdout } = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
    const code = await init(
      {
        url: base.baseUrl,
        token: base.apiToken,
        base: base.projectId,
        conversationsTable: 'Tickets',
        messagesTable: 'Zeilen',
        set,
        yes: false,
        json: false,
      },
      io,
    );
    return { code, stdout: stdout() };
  };

  it('names what it cannot tell', async () => {
    await expect(run([])).rejects.toThrow(/a conversation may start at Opened or CreatedAt/);
  }, 60_000);

  it('follows the link by itself, and reads with the files that it wrote', async () => {
    const { code, stdout } = await run([
      'conversations.id=Ticket No',
      'conversations.app_id=Marke',
      'conversations.user_id=Kunde',
      'conversations.started_at=Opened',
      'conversations.status=Stand',
      'messages.role=Von',
      'messages.content=Inhalt',
      'messages.sent_at=Um',
    ]);
    expect(code).toBe(EXIT.complete);
    expect(stdout).toContain('t-first');
    expect(await readFile('.env', 'utf8')).toContain('NOCODB_CONVERSATIONS_TABLE=Tickets');
    const { nocodb } = loadConfig({ env: {} });
    if (nocodb === null) throw new Error('.env names no NocoDB');
    const source = createNocoDbSource({ ...nocodb, requestsPerSecond: 1_000 });
    const signal = new AbortController().signal;
    const size = { batchSize: 10, maxBatches: 1, cursor: null };
    const { batches } = await source.planDay({ day: DAY }, size, signal);
    const [range] = batches;
    if (!range) throw new Error('no conversations on the day');
    const { threads, received } = await source.readBatch({ day: DAY, runId: 'r', ...range }, signal);
    await source.close();
    expect(threads.map(({ conversation }) => conversation.conversationId)).toEqual(['t-first', 't-last']);
    expect(received.messages).toBe(LINES.length);
  }, 60_000);
});
