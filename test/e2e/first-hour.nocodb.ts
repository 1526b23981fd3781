import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openLakeReader } from '../../src/adapters/lake/index.js';
import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import { cacheDirectory } from '../../src/devstack/paths.js';
import { runCli } from '../support/cli.js';
import { asAdmin, createBase, insertRows, nocoDbAccess } from '../support/nocodb/create-base.js';

/** Sixty conversations of two days, in a base that calls everything by names of its own. */
const DAYS = ['2026-02-03', '2026-02-04'] as const;
const CONVERSATIONS = 60;
const AUTHORS = ['customer', 'assistant', 'customer', 'assistant'] as const;

/** What `docs/getting-started.md` promises: from a base that the product has never seen to stored, labelled rows. */
describe("the first hour with one's own base: renamed columns, and a link instead of a key", () => {
  const access = nocoDbAccess();
  let base: Awaited<ReturnType<typeof createBase>>;
  let dir: string;
  let lines = 0;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'first-hour-'));
    base = await createBase(access, `first hour ${Date.now()}`, [
      {
        title: 'Support Chats',
        columns: [
          { title: 'Chat Ref', uidt: 'SingleLineText' },
          { title: 'Opened', uidt: 'DateTime' },
          { title: 'Customer No', uidt: 'SingleLineText' },
          { title: 'Product', uidt: 'SingleLineText' },
        ],
        rows: Array.from({ length: CONVERSATIONS }, (_, n) => ({
          'Chat Ref': `chat-${n + 1}`,
          Opened: `${DAYS[n % 2] ?? ''} 09:${String(n).padStart(2, '0')}:00`,
          'Customer No': `c-${n % 20}`,
          Product: n % 3 === 0 ? 'shop' : 'portal',
        })),
      },
      {
        title: 'Chat Lines',
        columns: [
          { title: 'Author', uidt: 'SingleLineText' },
          { title: 'Body', uidt: 'LongText' },
          { title: 'Written', uidt: 'DateTime' },
        ],
        rows: [],
      },
    ]);
    const chats = base.tableIds['Support Chats'] ?? '';
    const chatLines = base.tableIds['Chat Lines'] ?? '';
    await asAdmin(access, 'POST', `/api/v2/meta/tables/${chats}/columns`, {
      uidt: 'LinkToAnotherRecord',
      title: 'Lines',
      parentId: chats,
      childId: chatLines,
      type: 'hm',
    });
    const meta = (await asAdmin(access, 'GET', `/api/v2/meta/tables/${chatLines}`)) as {
      columns: { title: string; uidt: string }[];
    };
    const foreignKey = meta.columns.find(({ uidt }) => uidt === 'ForeignKey')?.title ?? 'no foreign key';
    const rows = Array.from({ length: CONVERSATIONS }, (_, n) =>
      AUTHORS.slice(0, 2 + (n % 3)).map((author, i) => ({
        [foreignKey]: n + 1,
        Author: author,
        Body:
          author === 'customer' ? 'Where is my parcel? It has not arrived yet.' : 'It is on its way to you.',
        Written: `${DAYS[n % 2] ?? ''} 09:${String(n).padStart(2, '0')}:${String(10 * (i + 1))}`,
      })),
    ).flat();
    lines = rows.length;
    await insertRows(access, base.projectId, chatLines, rows);
  }, 120_000);

  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    await base.stop();
  });

  const command = (...args: string[]) =>
    runCli(args, { HOME: dir, CONVERSATION_ANALYTICS_CACHE: cacheDirectory() }, dir);

  it('takes at most five commands after the installation, and no file edited by hand', async () => {
    const place = ['--url', base.baseUrl, '--token', base.apiToken, '--base', base.projectId];
    const tables = ['--conversations-table', 'Support Chats', '--messages-table', 'Chat Lines'];
    // Two columns could be the time of each table. Nobody can be asked here, so it says which flags would settle it.
    const asked = await command('init', ...place, ...tables);
    expect(asked.code).toBe(2);
    const flags = [...asked.stderr.matchAll(/--set (\S+)/g)].flatMap(([, choice = '']) => ['--set', choice]);
    expect(flags).toHaveLength(4);
    // Names that say nothing to a stranger are shown as missing, and given the same way.
    for (const choice of ['id=Chat Ref', 'user_id=Customer No', 'app_id=Product'])
      flags.push('--set', `conversations.${choice}`);
    const init = await command('init', ...place, ...tables, ...flags);
    expect({ code: init.code, stderr: init.code === 0 ? '' : init.stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(join(dir, '.env'), 'utf8')).toContain(base.projectId);

    const inspect = await command('inspect', '--json');
    expect({ code: inspect.code, stderr: inspect.code === 0 ? '' : inspect.stderr }).toEqual({
      code: 0,
      stderr: '',
    });

    const range = ['--start-date', DAYS[0], '--end-date', DAYS[1]];
    const dry = await command('collect', ...range, '--dry-run', '--json');
    expect({ code: dry.code, stderr: dry.code === 0 ? '' : dry.stderr }).toEqual({ code: 0, stderr: '' });

    const collect = await command('collect', ...range, '--json');
    expect({ code: collect.code, stderr: collect.code === 0 ? '' : collect.stderr }).toEqual({
      code: 0,
      stderr: '',
    });

    const lake = openLakeReader(createFileObjectStore(join(dir, '.data', 'lake')));
    const stored = await lake.query<{ id: string; app: string; user: string; n: number; labelled: boolean }>(
      `SELECT conversation_id AS id, app_id AS app, user_id AS user, n_user + n_bot AS n,
         topic IS NOT NULL AND intent IS NOT NULL AND sentiment IS NOT NULL AS labelled
       FROM conversations ORDER BY source_row_id::INT`,
    );
    expect(stored).toEqual(
      Array.from({ length: CONVERSATIONS }, (_, n) => ({
        id: `chat-${n + 1}`,
        app: n % 3 === 0 ? 'shop' : 'portal',
        user: `c-${n % 20}`,
        n: 2 + (n % 3),
        labelled: true,
      })),
    );
    const [messages] = await lake.query<{ n: number }>('SELECT count(*) AS n FROM messages');
    expect(messages?.n).toBe(lines);
  }, 300_000);
});
