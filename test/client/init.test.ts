import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parse as parseYaml } from 'yaml';

import { createNocoDbSource } from '../../src/adapters/nocodb/index.js';
import { UsageError } from '../../src/client/errors.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { init, type InitRequest } from '../../src/client/init/index.js';
import { inspect } from '../../src/client/inspect.js';
import { dryRun } from '../../src/client/dry-run.js';
import { loadConfig } from '../../src/config.js';
import { startSampleServer, type SampleServer } from '../../src/devstack/sample/server.js';
import type { SampleTable } from '../../src/devstack/sample/table.js';
import { DAY, LAYOUTS, LINES, TALKS, tablesOf } from '../support/nocodb/layouts.js';
import { ioOf } from './support.js';

jest.setTimeout(30_000);
const MAPPING = 'conversation-analytics.mapping.yaml';
const TOKEN = 'secret-token-0815';
const home = process.cwd();
const open: (() => Promise<unknown>)[] = [];
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'init-'));
  process.chdir(directory);
});
afterEach(async () => {
  process.chdir(home);
  for (const close of open.splice(0).reverse()) await close();
  await rm(directory, { recursive: true });
});

async function serve(tables: SampleTable[]): Promise<SampleServer> {
  const server = await startSampleServer({ tables, token: TOKEN });
  open.push(() => server.close());
  return server;
}

const NOTHING: InitRequest = { set: [], yes: false, json: false };

async function run(server: SampleServer | null, request: Partial<InitRequest> = {}) {
  const { io, stdout, stderr } = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
  const access = server ? { url: server.url, token: TOKEN } : {};
  const code = await init({ ...NOTHING, ...access, ...request }, io);
  return { code, stdout: stdout(), stderr: stderr() };
}

/** The error of an `init` that cannot go on; nothing is written then. */
async function refusal(server: SampleServer | null, request: Partial<InitRequest> = {}): Promise<string> {
  const before = await readdir('.');
  try {
    await run(server, request);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.message.split('\n').length).toBeLessThanOrEqual(3);
    expect(error.message).not.toContain(TOKEN);
    expect(await readdir('.')).toEqual(before);
    return error.message;
  }
  throw new Error('expected an error');
}

const mapping = async () =>
  parseYaml(await readFile(MAPPING, 'utf8')) as Record<string, Record<string, unknown>>;

/** Conversations of the day, read with nothing but the files that were written. */
async function readBack(): Promise<{ ids: string[]; messages: number }> {
  const { nocodb } = loadConfig({ env: {} });
  const source = createNocoDbSource({ ...nocodb!, requestsPerSecond: 1_000 });
  const signal = new AbortController().signal;
  const { batches } = await source.planDay(
    { day: DAY },
    { batchSize: 10, maxBatches: 1, cursor: null },
    signal,
  );
  const reading = await source.readBatch({ day: DAY, runId: 'r', ...batches[0]! }, signal);
  await source.close();
  return {
    ids: reading.threads.map(({ conversation }) => conversation.conversationId),
    messages: reading.received.messages,
  };
}
const WHOLE = { ids: ['t-first', 't-last'], messages: LINES.length };

describe('init', () => {
  it('writes .env for the owner alone, and a mapping that names every column', async () => {
    const server = await serve(tablesOf());
    const { code, stdout, stderr } = await run(server);
    expect(code).toBe(EXIT.complete);
    expect((await stat('.env')).mode & 0o777).toBe(0o600);
    expect(await readFile('.env', 'utf8')).toBe(
      [
        `NOCODB_BASE_URL=${server.url}`,
        `NOCODB_API_TOKEN=${TOKEN}`,
        `NOCODB_PROJECT_ID=${server.baseId}`,
        'NOCODB_CONVERSATIONS_TABLE=conversations',
        'NOCODB_MESSAGES_TABLE=messages',
        `NOCODB_MAPPING=${MAPPING}`,
        '',
      ].join('\n'),
    );
    expect(await mapping()).toEqual({
      conversations: {
        id: 'conversation_id',
        app_id: 'app_id',
        user_id: 'user_id',
        started_at: 'started_at',
        status: 'status',
      },
      messages: {
        id: 'Id',
        conversation: 'conversation_id',
        role: 'role',
        content: 'content',
        sent_at: 'sent_at',
      },
    });
    expect(await readBack()).toEqual(WHOLE);
    expect(stdout).toContain('t-first');
    expect(stdout).toMatch(/closed_at +not found: closed_at stays null/);
    // Without a terminal the output may end in a file: no text of conversations, and never the token.
    for (const output of [stdout, stderr]) {
      expect(output).not.toContain(LINES[0].text);
      expect(output).not.toContain(TOKEN);
    }
  });

  it.each(LAYOUTS.filter(({ mapping: own, idOf }) => own === undefined && idOf === undefined))(
    'finds $name by itself, and reads it with what it wrote',
    async ({ tables }) => {
      await run(await serve(tables));
      const { ids, messages } = await readBack();
      expect({ ids, messages }).toEqual(WHOLE);
    },
  );

  it('changes nothing when it runs again', async () => {
    const server = await serve(tablesOf());
    await run(server);
    const before = [await readFile('.env', 'utf8'), await readFile(MAPPING, 'utf8')];
    await run(null);
    expect([await readFile('.env', 'utf8'), await readFile(MAPPING, 'utf8')]).toEqual(before);
  });

  it('names the flag that is missing where nobody can be asked', async () => {
    expect(await refusal(null)).toContain('--url is missing');
    expect(await refusal(null, { url: 'http://127.0.0.1:1' })).toContain('--token is missing');
    expect(await refusal(null, { url: 'nocodb', token: 'x' })).toContain('--url "nocodb" is no address');
  });

  it('names tables and bases that are not there', async () => {
    const server = await serve(tablesOf({ table: 'A', lines: 'B' }));
    expect(await refusal(server)).toMatch(
      /No table has a usual name for conversations.\n.*A, B.\n.*--conversations-table/,
    );
    expect(await refusal(server, { conversationsTable: 'C' })).toContain(
      '--conversations-table "C" names no table',
    );
    expect(await refusal(server, { base: 'Other' })).toMatch(
      /--base "Other" is no base.\nThe token sees: Sample/,
    );
    await run(server, { conversationsTable: 'A', messagesTable: 'B' });
    expect(await readBack()).toEqual(WHOLE);
  });

  it('keeps the other lines of .env, and overwrites only with --yes', async () => {
    const server = await serve(tablesOf());
    await writeFile(
      '.env',
      '# mine\nMONGODB_URI=mongodb://m\nNOCODB_BASE_URL=http://old\nNOCODB_API_TOKEN=\n',
    );
    const message = await refusal(server);
    expect(message).toMatch(/\.env already says NOCODB_BASE_URL\.\nNothing was written\.\nAdd --yes/);
    await run(server, { yes: true });
    const lines = (await readFile('.env', 'utf8')).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '# mine',
      'MONGODB_URI=mongodb://m',
      `NOCODB_BASE_URL=${server.url}`,
      `NOCODB_API_TOKEN=${TOKEN}`,
    ]);
    expect(lines.filter((line) => line.startsWith('NOCODB_BASE_URL'))).toHaveLength(1);
  });

  it('does not overwrite a mapping file that says something else, and starts from what it says', async () => {
    const server = await serve(tablesOf());
    await writeFile(MAPPING, 'conversations: { status: null }\n');
    expect(await refusal(server)).toContain(`${MAPPING} is there and says something else`);
    await run(server, { yes: true });
    expect((await mapping())['conversations']).toMatchObject({ status: null, user_id: 'user_id' });
  });
});

describe('init never guesses', () => {
  const withColumn = (title: string, table = 0, uidt: 'SingleLineText' | 'DateTime' = 'SingleLineText') => {
    const tables = tablesOf();
    tables[table]?.columns.push({ title, uidt });
    return tables;
  };

  it.each([
    ['conversations.user_id', 'user_id and customer_id', withColumn('customer_id')],
    ['conversations.status', 'status and state', withColumn('state')],
    ['conversations.started_at', 'started_at and start_date', withColumn('start_date', 0, 'DateTime')],
    ['messages.content', 'content and body', withColumn('body', 1)],
    ['messages.role', 'role and author', withColumn('author', 1)],
  ])('of two columns for %s it names both, and the flag', async (key, both, tables) => {
    const message = await refusal(await serve(tables));
    expect(message).toContain(`${key}: ${both} fit equally well.`);
    const [first] = both.split(' and ');
    expect(message).toContain(`--set ${key}=${first}`);
    await run(await serve(tables), { set: [`${key}=${first}`] });
    expect(await readBack()).toEqual(WHOLE);
  });

  it('a renamed start is asked for, and CreatedAt is not taken in silence', async () => {
    const server = await serve(tablesOf({ start: 'Opened' }));
    expect(await refusal(server)).toContain('a conversation may start at Opened or CreatedAt');
    await run(server, { set: ['conversations.started_at=Opened'] });
    expect(await readBack()).toEqual(WHOLE);
  });

  it('everything that is open is said at once', async () => {
    const server = await serve(tablesOf({ role: 'Von', content: 'Inhalt' }));
    const { io, stdout, stderr } = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
    const request = { ...NOTHING, url: server.url, token: TOKEN, json: true };
    await expect(init(request, io)).rejects.toThrow(/messages\.role: no column has a usual name/);
    const { questions } = JSON.parse(stdout()) as { questions: { key: string; columns: string[] }[] };
    expect(questions.map(({ key }) => key)).toEqual(['messages.role', 'messages.content']);
    expect(questions[0]?.columns).toContain('Von');
    expect(stderr()).toContain('Also open: messages.content');
  });

  it('times without an offset need a zone', async () => {
    const naive = LAYOUTS.find(({ mapping: own }) => own?.startsWith('timezone'))!;
    const server = await serve(naive.tables);
    const message = await refusal(server);
    expect(message).toContain('timezone: started_at holds times without an offset');
    expect(message).toContain('--set timezone=Europe/Berlin');
    await run(server, { timezone: 'Europe/Berlin' });
    expect(await readBack()).toEqual(WHOLE);
    await expect(run(server, { timezone: 'Berlin', yes: true })).rejects.toThrow(
      /timezone: is not a time zone/,
    );
  });

  it('times that cannot be read are said to be so, without showing them', async () => {
    const server = await serve(tablesOf({ timeType: 'SingleLineText', time: () => 'the other day' }));
    const message = await refusal(server);
    expect(message).toMatch(/started_at: none of the first \d+ values of started_at can be read as a time/);
    expect(message).not.toContain('other day');
  });

  it('an unknown role is asked for', async () => {
    const tables = tablesOf();
    for (const row of tables[1]!.rows) if (row['role'] === 'user') row['role'] = 'human';
    const server = await serve(tables);
    const message = await refusal(server);
    expect(message).toMatch(/roles\.human: role says "human".*\nAllowed: user, bot, agent, system, other\./);
    await run(server, { set: ['roles.human=user'] });
    expect((await mapping())['roles']).toEqual({ human: 'user' });
  });

  it('a column of many words is no column of roles', async () => {
    const tables = tablesOf();
    tables[1]!.rows = Array.from({ length: 12 }, (_, n) => ({ ...tables[1]!.rows[0], role: `Person ${n}` }));
    const message = await refusal(await serve(tables));
    expect(message).toContain('messages.role: role holds 12 different words');
    expect(message).not.toContain('Person');
  });

  it('finds out from the rows that messages name the primary key', async () => {
    const server = await serve(tablesOf({ keyType: 'Number', keyOf: (talk) => talk + 1 }));
    const { stderr } = await run(server);
    expect(stderr).toContain("conversation_id holds the conversation's primary key: 1 of 1 values");
    expect((await mapping())['messages']?.['conversation']).toEqual({
      column: 'conversation_id',
      holds: 'primary_key',
    });
    expect(await readBack()).toEqual(WHOLE);
  });

  it('asks where the rows fit both the id and the primary key', async () => {
    const tables = tablesOf({ keyOf: () => '1' });
    tables[0]!.rows.forEach((row, index) => (row['conversation_id'] = String(TALKS.length - index)));
    const server = await serve(tables);
    expect(await refusal(server)).toMatch(
      /messages\.conversation\.holds: .*found both as ids \(1 of 1\) and as primary keys \(1\)[^]*--set messages\.conversation\.holds=id/,
    );
    await run(server, { set: ['messages.conversation.holds=primary_key'] });
    expect((await mapping())['messages']?.['conversation']).toMatchObject({ holds: 'primary_key' });
  });

  it('messages whose conversations are nowhere to be found are no messages of theirs', async () => {
    const server = await serve(tablesOf({ keyOf: () => 'elsewhere' }));
    expect(await refusal(server)).toContain(
      'messages.conversation: none of 1 values of conversation_id is the id',
    );
  });

  it('one table a role is set by flags', async () => {
    const { tables } = LAYOUTS.find(({ name }) => name === 'one table a role')!;
    await run(await serve(tables), {
      set: [
        'messages.0.table=User Messages',
        'messages.0.role.always=user',
        'messages.1.table=Bot Replies',
        'messages.1.role.always=bot',
      ],
    });
    expect(await readBack()).toEqual(WHOLE);
  });
});

describe('init at a terminal', () => {
  it('asks for address, token and columns, hides the token, and shows what was said', async () => {
    const server = await serve(tablesOf({ start: 'Opened' }));
    const { io, stdout, stderr } = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
    const stdin = new PassThrough();
    Object.assign(stdin, { isTTY: true, setRawMode: () => stdin });
    Object.assign(io.stderr, { isTTY: true });
    Object.assign(io.stdout, { isTTY: true });
    const answers = [
      ['Address of NocoDB: ', server.url],
      ['not shown): ', TOKEN],
      ['Number or name: ', 'Opened'],
    ] as const;
    let asked = 0;
    const script = setInterval(() => {
      const answer = answers[asked];
      if (answer && stderr().split('\n').at(-1)?.endsWith(answer[0])) {
        asked++;
        stdin.write(`${answer[1]}\r`);
      }
    }, 5);
    try {
      await init(NOTHING, { ...io, stdin: stdin as unknown as NodeJS.ReadStream });
    } finally {
      clearInterval(script);
    }
    expect(asked).toBe(3);
    expect(stderr()).not.toContain(TOKEN);
    expect(stderr()).toContain('1) Opened\n  2) CreatedAt');
    // The person's own terminal: here, and only here, they see whether it is their conversations.
    expect(stdout()).toContain(LINES[0].text);
    expect(await readBack()).toEqual(WHOLE);
  });
});

describe('inspect', () => {
  it('says what was found and why, what is missing and what that costs, and the days', async () => {
    const server = await serve(tablesOf({ user: null }));
    await run(server);
    const { io, stdout } = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
    await inspect({ json: false }, io);
    expect(stdout()).toMatch(/Base Sample/);
    expect(stdout()).toMatch(/started_at +started_at \(DateTime\) by mapping/);
    expect(stdout()).toMatch(/user_id +not found: user_id stays null; no user analytics/);
    expect(stdout()).toContain('4 conversations from 2024-04-30 to 2024-05-02');
    expect(stdout()).toContain('2 conversations without a start, before 2000 or in the future');
  });

  it('counts the days of a range, as JSON too', async () => {
    await run(await serve(tablesOf()));
    const { io, stdout } = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
    await inspect({ json: true, startDate: '2024-04-30', endDate: '2024-05-03' }, io);
    expect(JSON.parse(stdout())).toMatchObject({
      firstDay: '2024-04-30',
      undatedConversations: 2,
      days: [{ conversations: 1 }, { conversations: 2 }, { conversations: 1 }, { conversations: 0 }],
      tables: [
        { title: 'conversations', rows: 6 },
        { title: 'messages', rows: 3 },
      ],
    });
  });

  it.each([
    [{}, 'NOCODB_BASE_URL is not set'],
    [{ endDate: '2024-01-01' }, '--end-date says what to count, and --start-date is missing'],
    [{ startDate: '2024-02-30' }, 'does not exist in the calendar'],
    [{ startDate: '2000-01-01' }, 'makes a range of'],
  ])('refuses %j', async (request, reason) => {
    const { io } = ioOf({});
    await expect(inspect({ json: false, ...request }, io)).rejects.toThrow(reason);
  });
});

describe('collect --dry-run', () => {
  const request = {
    mongodb: true,
    detach: false,
    json: true,
    startDate: '2024-04-30',
    endDate: '2024-05-02',
  };

  it('says what it would take, and touches nothing but NocoDB', async () => {
    await run(await serve(tablesOf()));
    const before = await readdir('.');
    const { io, stdout } = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
    expect(await dryRun(request, io)).toBe(EXIT.complete);
    expect(JSON.parse(stdout())).toMatchObject({
      conversations: 4,
      messages: LINES.length,
      batches: 3,
      sampled: { batches: 3 },
      days: [{ conversations: 1 }, { conversations: 2 }, { conversations: 1 }],
    });
    const text = ioOf({ NOCODB_REQUESTS_PER_SECOND: '1000' });
    await dryRun({ ...request, json: false }, text.io);
    expect(text.stdout()).toMatch(/requests +about \d+\n/);
    expect(text.stdout()).toContain('at 1000 requests a second');
    expect(await readdir('.')).toEqual(before);
  });

  it('needs a NocoDB to look into', async () => {
    await expect(dryRun(request, ioOf({}).io)).rejects.toThrow(/NOCODB_BASE_URL is not set/);
  });
});
