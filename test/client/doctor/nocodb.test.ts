import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { checkNocoDb } from '../../../src/client/doctor/nocodb.js';
import type { NocodbConfig } from '../../../src/config.js';
import { sendHtml, sendJson, startTinyServer, type TinyServer } from '../../support/nocodb/tiny-server.js';
import { fault, findings } from './support.js';

const BASE = 'p1a2b3c4d5e6f7g';
let server: TinyServer | undefined;
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Shape {
  version?: string;
  tables?: string[];
  conversationColumns?: [title: string, uidt: string][];
  token?: string;
  undated?: number;
}

/** As NocoDB answers: version without a token, the rest with one. */
function nocodb({ version = '0.301.3', tables = ['conversations', 'messages'], ...shape }: Shape) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path === '/api/v1/version') {
      sendJson(response, 200, { currentVersion: version });
      return;
    }
    if (request.headers['xc-token'] !== (shape.token ?? 'good')) {
      sendJson(response, 401, { error: 'AUTHENTICATION_REQUIRED', message: 'Invalid token' });
      return;
    }
    if (path === '/api/v2/meta/bases/') {
      sendJson(response, 200, { list: [{ id: BASE, title: 'x' }] });
      return;
    }
    if (path === `/api/v2/meta/bases/${BASE}/tables`) {
      const list = tables.map((name) => ({ id: `m-${name}`, title: name, table_name: name }));
      sendJson(response, 200, { list });
      return;
    }
    const columns = columnsOf(path, shape);
    if (columns !== undefined) {
      sendJson(response, 200, { columns });
      return;
    }
    if (path.endsWith('/count')) {
      sendJson(response, 200, { count: shape.undated ?? 0 });
      return;
    }
    sendJson(response, 404, { error: 'ERR_BASE_NOT_FOUND', message: 'not found' });
  };
}

function columnsOf(path: string, { conversationColumns }: Shape): unknown[] | undefined {
  const column = ([title, uidt]: [string, string]) => ({
    id: `c-${title}`,
    title,
    column_name: title,
    uidt,
    pk: uidt === 'ID',
    system: uidt === 'CreatedTime',
  });
  if (path === '/api/v2/meta/tables/m-conversations') {
    const usual: [string, string][] = [
      ['Id', 'ID'],
      ['conversation_id', 'SingleLineText'],
      ['started_at', 'DateTime'],
    ];
    return (conversationColumns ?? usual).map(column);
  }
  if (path !== '/api/v2/meta/tables/m-messages') return undefined;
  const own: [string, string][] = [
    ['Id', 'ID'],
    ['conversation_id', 'SingleLineText'],
    ['role', 'SingleLineText'],
    ['content', 'LongText'],
    ['sent_at', 'DateTime'],
  ];
  return own.map(column);
}

async function check(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  more: Partial<NocodbConfig> = {},
) {
  server = await startTinyServer(answer);
  return checkNocoDb({
    nocodb: { baseUrl: server.url, apiToken: 'good', projectId: BASE, requestsPerSecond: 4, ...more },
  });
}

describe('a NocoDB as it should be', () => {
  it('is well in every line', async () => {
    const found = await findings(await check(nocodb({})));
    expect(found.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(found.map((finding) => finding.check)).toEqual(
      expect.arrayContaining(['address', 'version', 'limiter', 'token and base', 'tables']),
    );
  });

  it('that is not named is started on demand, not broken', async () => {
    expect(await findings(checkNocoDb({ nocodb: null }))).toMatchObject([{ level: 'embedded' }]);
  });
});

describe('a broken NocoDB', () => {
  it('nobody at the address', async () => {
    const found = await fault(
      checkNocoDb({
        nocodb: { baseUrl: 'http://127.0.0.1:1', apiToken: 'good', projectId: BASE, requestsPerSecond: 4 },
      }),
    );
    expect(found).toMatchObject({ level: 'broken', check: 'address' });
    expect(found.message).toContain('127.0.0.1:1');
    expect(found.message).toContain('ECONNREFUSED');
    expect(found.remedy).toContain('NOCODB_BASE_URL');
  });

  it.each([200, 404])('an HTML page of a proxy (%d)', async (status) => {
    const found = await fault(await check((_, response) => sendHtml(response, status)));
    expect(found).toMatchObject({ level: 'broken', check: 'address' });
    expect(found.message).toContain('HTML');
    expect(found.remedy).toContain('NOCODB_BASE_URL');
  });

  it('a gateway without a server behind it', async () => {
    const found = await fault(await check((_, response) => sendJson(response, 502, {})));
    expect(found).toMatchObject({ level: 'broken', check: 'address' });
    expect(found.message).toContain('502');
    expect(found.remedy).toContain('NOCODB_BASE_URL');
  });

  it('a refused token, which is not shown', async () => {
    const found = await fault(await check(nocodb({}), { apiToken: 'outworn' }));
    expect(found).toMatchObject({ level: 'broken', check: 'token' });
    expect(found.remedy).toContain('NOCODB_API_TOKEN');
    expect(JSON.stringify(found)).not.toContain('outworn');
  });

  it('an unknown base', async () => {
    const found = await fault(await check(nocodb({}), { projectId: 'pother' }));
    expect(found).toMatchObject({ level: 'broken', check: 'base' });
    expect(found.message).toContain('pother');
    expect(found.remedy).toContain('NOCODB_PROJECT_ID');
  });

  it('a missing table', async () => {
    const found = await fault(await check(nocodb({ tables: ['conversations', 'chat lines'] })));
    expect(found).toMatchObject({ level: 'broken', check: 'tables' });
    expect(found.message).toContain('chat lines');
    expect(found.remedy).toContain('NOCODB_MESSAGES_TABLE');
  });

  it('an ambiguous column', async () => {
    const found = await fault(
      await check(
        nocodb({
          conversationColumns: [
            ['Id', 'ID'],
            ['started_at', 'DateTime'],
            ['Start Time', 'DateTime'],
          ],
        }),
      ),
    );
    expect(found).toMatchObject({ level: 'broken', check: 'tables' });
    expect(found.message).toContain('Start Time');
    expect(found.remedy).toContain('NOCODB_MAPPING');
  });

  it.each([
    ['no YAML', 'a: [', 'not YAML'],
    ['an unknown key', 'conversations:\n  begin: x\n', 'begin'],
  ])('a mapping file with %s, beside what else is right', async (_, text, word) => {
    const mapping = join(dir, 'mapping.yaml');
    writeFileSync(mapping, text);
    const found = await findings(await check(nocodb({}), { mapping }));
    const broken = found.find((finding) => finding.check === 'mapping');
    expect(broken).toMatchObject({ level: 'broken' });
    expect(broken?.message).toContain(word);
    expect(broken?.remedy).toContain('NOCODB_MAPPING');
    expect(found).toContainEqual(expect.objectContaining({ check: 'token and base', level: 'ok' }));
  });

  it('a limiter that the budget crosses', async () => {
    const found = await fault(await check(nocodb({ version: '0.302.0' }), { requestsPerSecond: 50 }));
    expect(found).toMatchObject({ level: 'warning', check: 'limiter' });
    expect(found.message).toContain('50 requests');
    expect(found.remedy).toContain('NOCODB_REQUESTS_PER_SECOND');
  });

  it('conversations without a date', async () => {
    const found = await fault(await check(nocodb({ undated: 7 })));
    expect(found).toMatchObject({ level: 'warning', check: 'dates' });
    expect(found.message).toContain('7 conversations');
    expect(found.remedy).toContain('NOCODB_MAPPING');
  });

  it('a server that never answers is given up in time', async () => {
    server = await startTinyServer(() => undefined);
    const found = await fault(
      checkNocoDb({
        nocodb: { baseUrl: server.url, apiToken: 'good', projectId: BASE, requestsPerSecond: 4 },
        timeoutMs: 200,
      }),
    );
    expect(found).toMatchObject({ level: 'broken', check: 'answer' });
    expect(found.remedy).toContain('NOCODB_BASE_URL');
  });
});
