import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNocoDbSource, type NocoDbConfig } from '../../../src/adapters/nocodb/index.js';
import { startSampleServer } from '../../../src/devstack/sample/server.js';
import type { SampleColumn, SampleTable } from '../../../src/devstack/sample/table.js';

/** Which tables and columns are found by themselves, and what is said where that cannot be. */

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function columns(...names: (string | SampleColumn)[]): SampleColumn[] {
  return names.map((name) => {
    if (typeof name !== 'string') return name;
    return { title: name, uidt: /start|begun|sent/i.test(name) ? 'DateTime' : 'SingleLineText' };
  });
}

async function survey(options: {
  conversations?: SampleColumn[];
  messages?: SampleColumn[];
  more?: SampleTable[];
  mapping?: string;
  config?: Partial<NocoDbConfig>;
}): Promise<string[]> {
  const tables: SampleTable[] = [
    {
      title: 'conversations',
      tableName: 'nc_1___conversations',
      columns: options.conversations ?? columns('conversation_id', 'app_id', 'started_at'),
      rows: [],
    },
    {
      title: 'messages',
      tableName: 'nc_1___messages',
      columns: options.messages ?? columns('conversation_id', 'role', 'content', 'sent_at'),
      rows: [],
    },
    ...(options.more ?? []),
  ];
  const server = await startSampleServer({ tables, token: 'token' });
  open.push(() => server.close());
  let mapping: string | undefined;
  if (options.mapping !== undefined) {
    const directory = await mkdtemp(join(tmpdir(), 'mapping-'));
    open.push(() => rm(directory, { recursive: true }));
    mapping = join(directory, 'mapping.yaml');
    await writeFile(mapping, options.mapping);
  }
  const notices: string[] = [];
  const source = createNocoDbSource(
    {
      baseUrl: server.url,
      apiToken: 'token',
      projectId: server.baseId,
      requestsPerSecond: 1_000,
      mapping,
      ...options.config,
    },
    { onNotice: (line) => notices.push(line) },
  );
  open.push(() => source.close());
  await source.survey(undefined, new AbortController().signal);
  return notices;
}

describe('columns', () => {
  it.each([
    ['snake case', columns('conversation_id', 'role', 'content', 'sent_at')],
    ['camel case', columns('conversationId', 'role', 'text', 'sentAt')],
    ['words', columns('Conversation Id', 'Sender Type', 'Message', 'Sent At')],
    ['the time of the row', columns('conversation', 'author', 'body')],
  ])('are found by usual names: %s', async (_, messages) => {
    await expect(survey({ messages })).resolves.toEqual([expect.stringContaining('conversations.user_id')]);
  });

  it('that are not mapped are named once, with their keys', async () => {
    const [notice] = await survey({});
    expect(notice).toContain(
      'conversations.user_id, conversations.status, conversations.closed_at, messages.agent_id, messages.is_private, messages.attachments',
    );
  });

  it.each([
    ['no role', { messages: columns('conversation_id', 'content') }, 'messages.role'],
    ['no content', { messages: columns('conversation_id', 'role') }, 'messages.content'],
    ['no conversation', { messages: columns('role', 'content') }, 'messages.conversation'],
    [
      'content and text',
      { messages: columns('conversation_id', 'role', 'content', 'text') },
      'messages.content',
    ],
    [
      'two spellings of app id',
      { conversations: columns('app_id', { title: 'App Id', columnName: 'app_id1', uidt: 'LongText' }) },
      'conversations.app_id',
    ],
    [
      'JSON as start',
      { conversations: columns({ title: 'started_at', uidt: 'JSON' }) },
      'conversations.started_at',
    ],
    ['a mapped column that is not there', { mapping: 'messages: { role: Nobody }' }, 'messages.role'],
  ])('are asked for by key, with what the table has: %s', async (_, options, key) => {
    const failure = survey(options);
    await expect(failure).rejects.toMatchObject({ type: 'SourceSchema' });
    await expect(failure).rejects.toThrow(`Mapping key ${key}: `);
    await expect(failure).rejects.toThrow(/The table has: Id \(ID\), CreatedAt \(CreatedTime\), /);
  });

  it('settles a tie by the mapping file', async () => {
    const messages = columns('conversation_id', 'role', 'content', 'text');
    await expect(survey({ messages, mapping: 'messages: { content: text }' })).resolves.toHaveLength(1);
  });

  it('says so when the mapping file cannot be read', async () => {
    const failure = survey({ config: { mapping: '/nowhere/mapping.yaml' } });
    await expect(failure).rejects.toThrow('NOCODB_MAPPING=/nowhere/mapping.yaml cannot be read (ENOENT)');
  });
});

describe('tables', () => {
  const twin: SampleTable = { title: 'Talks', tableName: 'talks', columns: columns('x'), rows: [] };

  it.each(['conversations', 'nc_1___conversations'])('are found as %s', async (conversationsTable) => {
    await expect(survey({ config: { conversationsTable } })).resolves.toHaveLength(1);
  });

  it('that are not there are named, with those that are', async () => {
    const failure = survey({ config: { conversationsTable: 'chats' }, more: [twin] });
    await expect(failure).rejects.toMatchObject({ type: 'SourceSchema' });
    await expect(failure).rejects.toThrow(
      /chats \(NOCODB_CONVERSATIONS_TABLE\)\. The base has: conversations \(m\w+, nc_1___conversations\), .*Talks \(m\w+, talks\)/,
    );
  });

  it('that are ambiguous are asked for by id', async () => {
    const more = [twin, { ...twin, title: 'Other talks' }];
    const failure = survey({ config: { conversationsTable: 'talks' }, more });
    await expect(failure).rejects.toThrow(
      'NOCODB_CONVERSATIONS_TABLE=talks is ambiguous: 2 tables have this table_name. Give the id instead.',
    );
  });
});
