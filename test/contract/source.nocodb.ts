import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNocoDbSource } from '../../src/adapters/nocodb/index.js';
import { asAdmin, createBase, insertRows, nocoDbAccess } from '../support/nocodb/create-base.js';
import { describeSource } from './source-contract.js';

describeSource('source over a real NocoDB', (tables) =>
  createBase(nocoDbAccess(), `contract ${Date.now()}`, tables),
);

/** Links and foreign keys exist on a real NocoDB only. */
describe('messages linked to their conversations', () => {
  const access = nocoDbAccess();
  const signal = new AbortController().signal;
  const day = '2024-05-01';
  let base: Awaited<ReturnType<typeof createBase>>;
  let directory: string;

  beforeAll(async () => {
    base = await createBase(access, `links ${Date.now()}`, [
      {
        title: 'conversations',
        columns: [
          { title: 'conversation_id', uidt: 'SingleLineText' },
          { title: 'started_at', uidt: 'DateTime' },
        ],
        rows: ['long', 'twice', 'none', 'twice'].map((id) => ({
          conversation_id: id,
          started_at: `${day} 10:00:00`,
        })),
      },
      {
        title: 'messages',
        columns: [
          { title: 'role', uidt: 'SingleLineText' },
          { title: 'content', uidt: 'LongText' },
          { title: 'sent_at', uidt: 'DateTime' },
        ],
        rows: [],
      },
    ]);
    const { conversations = '', messages = '' } = base.tableIds;
    await asAdmin(access, 'POST', `/api/v2/meta/tables/${conversations}/columns`, {
      uidt: 'LinkToAnotherRecord',
      title: 'Messages',
      parentId: conversations,
      childId: messages,
      type: 'hm',
    });
    const meta = (await asAdmin(access, 'GET', `/api/v2/meta/tables/${messages}`)) as {
      columns: { title: string; uidt: string }[];
    };
    const key = meta.columns.find((column) => column.uidt === 'ForeignKey')?.title ?? 'no foreign key';
    const row = (conversation: number, content: string) => ({
      [key]: conversation,
      role: 'user',
      content,
      sent_at: `${day} 10:00:00`,
    });
    await insertRows(access, base.projectId, messages, [
      ...Array.from({ length: 60 }, (_, n) => row(1, `long ${n}`)),
      row(2, 'of the older row'),
      row(4, 'of the newer row'),
    ]);
    directory = await mkdtemp(join(tmpdir(), 'links-'));
  }, 60_000);

  afterAll(async () => {
    await base.stop();
    await rm(directory, { recursive: true });
  });

  const connect = (mapping?: string) =>
    createNocoDbSource({
      baseUrl: base.baseUrl,
      apiToken: base.apiToken,
      projectId: base.projectId,
      requestsPerSecond: 1_000,
      mapping,
    });

  it('are all read, by the foreign key, beyond the 25 that a link shows', async () => {
    const source = connect();
    const range = { day, runId: 'run', idFrom: '1', idTo: '4', count: 4 };
    const { threads, rejects, received } = await source.readBatch(range, signal);
    expect(received).toEqual({ conversations: 4, messages: 62 });
    const sizes = threads.map((thread) => [thread.conversation.conversationId, thread.messages.length]);
    expect(Object.fromEntries(sizes)).toEqual({ long: 60, none: 0, twice: 2 });
    expect(rejects).toMatchObject([{ reason: 'duplicate_conversation', source_row_id: '2' }]);
    await source.close();
  });

  it('are read by the name of the link too', async () => {
    const mapping = join(directory, 'link.yaml');
    await writeFile(mapping, 'messages: { conversation: conversations }');
    const source = connect(mapping);
    const range = { day, runId: 'run', idFrom: '1', idTo: '1', count: 1 };
    expect((await source.readBatch(range, signal)).received.messages).toBe(60);
    await source.close();
  });

  it('need the mapping file where a key column stands beside the link', async () => {
    await asAdmin(access, 'POST', `/api/v2/meta/tables/${base.tableIds['messages'] ?? ''}/columns`, {
      uidt: 'SingleLineText',
      title: 'conversation_id',
      column_name: 'conversation_id',
    });
    const source = connect();
    await expect(source.survey(undefined, signal)).rejects.toThrow(
      /messages\.conversation: conversation_id \(SingleLineText\), .*\(ForeignKey\) fit equally well/,
    );
    await source.close();
  });
});
