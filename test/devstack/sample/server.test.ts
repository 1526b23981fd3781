import { startClient, TOKEN, type Client } from './client.js';

const TABLE = {
  title: 'things',
  tableName: 'nc_things',
  columns: [
    { title: 'name', uidt: 'SingleLineText' as const },
    { title: 'at', uidt: 'DateTime' as const },
    { title: 'my, col', uidt: 'SingleLineText' as const },
    { title: 'long', uidt: 'LongText' as const },
  ],
  rows: Array.from({ length: 2500 }, (_, index) => ({ name: `n${index % 7}`, at: '2024-01-01T10:00:00Z' })),
};
const NOW = Date.parse('2026-03-30T12:00:00.400Z');

let client: Client;
let path: string;
let tablePath: string;
let now = NOW;
beforeEach(async () => {
  now = NOW;
  client = await startClient({ tables: [TABLE], now: () => now });
  path = await client.records('things');
  tablePath = path.replace('/records', '');
});
afterEach(() => client.close());

const list = async (query: string) => (await client.get(`${path}?fields=Id&${query}`)).body;

describe('access', () => {
  it('answers 401 alike for no token and a wrong one, and takes a bearer token too', async () => {
    const refusal = {
      error: 'ERR_AUTHENTICATION_REQUIRED',
      message: 'Authentication required - Invalid token',
    };
    for (const headers of [{}, { 'xc-token': 'wrong' }]) {
      expect(await client.call('GET', path, undefined, headers)).toMatchObject({
        status: 401,
        body: refusal,
      });
    }
    const bearer = await client.call('GET', path, undefined, { authorization: `Bearer ${TOKEN}` });
    expect(bearer.status).toBe(200);
  });
  it('needs no token for version, health and info', async () => {
    for (const open of ['/api/v1/version', '/api/v1/health', '/api/v2/meta/nocodb/info']) {
      expect((await client.call('GET', open, undefined, {})).status).toBe(200);
    }
  });
  it('answers 404 for what is not there, with or without a token', async () => {
    expect(await client.get('/api/v2/tables/mnone/records')).toMatchObject({
      status: 404,
      body: { error: 'ERR_TABLE_NOT_FOUND', message: `Table 'mnone' not found` },
    });
    expect(await client.call('GET', '/api/v2/meta/bases/pnone/tables', undefined, {})).toMatchObject({
      status: 404,
      body: { error: 'ERR_BASE_NOT_FOUND' },
    });
    expect(await client.get('/api/v2/none')).toMatchObject({
      status: 404,
      body: { msg: 'Cannot GET /api/v2/none' },
    });
    expect(await client.get(`${path}/99999`)).toMatchObject({
      status: 404,
      body: { error: 'ERR_RECORD_NOT_FOUND', message: `Record '99999' not found` },
    });
  });
  it('refuses a URL that is too long', async () => {
    const response = await fetch(`${client.url}${path}?where=${'x'.repeat(22_000)}`);
    expect(response.status).toBe(431);
  });
});

describe('meta', () => {
  it('lists bases, tables and columns, NocoDB’s own among them', async () => {
    expect((await client.get('/api/v2/meta/bases/')).body.list).toMatchObject([{ id: client.baseId }]);
    const { body } = await client.get(`/api/v2/meta/bases/${client.baseId}/tables`);
    expect(body.list).toMatchObject([{ title: 'things', table_name: 'nc_things' }]);
    const meta = await client.get(`/api/v2/meta/tables/${tablePath.split('/').at(-1)!}`);
    const { columns } = meta.body;
    expect(columns.map(({ title }) => title)).toEqual([
      'Id',
      'CreatedAt',
      'UpdatedAt',
      'nc_created_by',
      'nc_updated_by',
      'nc_order',
      'name',
      'at',
      'my, col',
      'long',
    ]);
    expect(columns.filter(({ pk }) => pk)).toMatchObject([{ title: 'Id', uidt: 'ID', ai: true }]);
    expect(columns.filter(({ system }) => system)).toHaveLength(5);
  });
});

describe('paging', () => {
  it('gives 25 rows by default and cuts a larger limit to 1000 in silence', async () => {
    expect((await list('')).pageInfo).toEqual({
      totalRows: 2500,
      page: 1,
      pageSize: 25,
      isFirstPage: true,
      isLastPage: false,
    });
    const page = await list('limit=5000');
    expect(page.list).toHaveLength(1000);
    expect(page.pageInfo.pageSize).toBe(1000);
    for (const bad of ['limit=0', 'limit=-3', 'limit=abc']) {
      expect((await list(bad)).pageInfo.pageSize).toBe(25);
    }
  });
  it('reads the whole table once, in order', async () => {
    const ids: number[] = [];
    for (let offset = 0; offset < 2500; offset += 1000) {
      ids.push(...(await list(`limit=1000&offset=${offset}`)).list.map(({ Id }) => Number(Id)));
    }
    expect(ids).toEqual(TABLE.rows.map((_, index) => index + 1));
  });
  it('names the offset instead of the page where it is not aligned', async () => {
    expect((await list('limit=10&offset=15')).pageInfo).toEqual({
      totalRows: 2500,
      pageSize: 10,
      isFirstPage: false,
      isLastPage: false,
      offset: 15,
    });
    expect((await list('limit=10&offset=20')).pageInfo.page).toBe(3);
    expect((await list('limit=10&offset=-5')).pageInfo.page).toBe(1);
  });
  it('answers 422 at and behind the end, but not for the first page of nothing', async () => {
    for (const offset of [2500, 9000]) {
      expect(await client.get(`${path}?offset=${offset}`)).toMatchObject({
        status: 422,
        body: { error: 'ERR_INVALID_OFFSET_VALUE', message: `Offset value '${offset}' is invalid` },
      });
    }
    expect(await list('where=(Id,gt,9999)')).toMatchObject({ list: [], pageInfo: { totalRows: 0 } });
  });
  it('sorts, by several columns and down', async () => {
    expect((await list('sort=-Id&limit=2')).list).toEqual([{ Id: 2500 }, { Id: 2499 }]);
    const { list: rows } = await list('sort=-name,Id&limit=3');
    expect(rows).toEqual([{ Id: 7 }, { Id: 14 }, { Id: 21 }]);
    expect(await client.get(`${path}?sort=none`)).toMatchObject({ status: 404 });
  });
  it('counts', async () => {
    expect((await client.get(`${path}/count?where=(Id,lte,10)`)).body).toEqual({ count: 10 });
  });
});

describe('fields', () => {
  it('shows what was asked for, and hides its own', async () => {
    const { body } = await client.get(`${path}?limit=1`);
    expect(Object.keys(body.list[0]!)).toEqual([
      'Id',
      'CreatedAt',
      'UpdatedAt',
      'name',
      'at',
      'my, col',
      'long',
    ]);
    const one = await client.get(`${path}?limit=1&fields=Id&fields=${encodeURIComponent('my, col')}`);
    expect(one.body.list).toEqual([{ Id: 1, 'my, col': null }]);
    expect((await client.get(`${path}?limit=1&fields=Id,nc_order`)).body.list).toEqual([{ Id: 1 }]);
    expect(await client.get(`${path}?fields=Id,none`)).toMatchObject({
      status: 404,
      body: { error: 'ERR_FIELD_NOT_FOUND', message: `Field 'none' not found` },
    });
  });
});

describe('bulk/datalist', () => {
  it('answers several pages at once, with 201', async () => {
    const { status, body } = await client.call('POST', `${tablePath}/bulk/datalist`, [
      { alias: 'w0', where: '@(Id,gt,0)~and(Id,lte,3)', limit: 2, sort: 'Id', fields: 'Id' },
      { alias: 'w1', where: '(Id,gt,3)~and(Id,lte,5)', limit: 9999, sort: '-Id', fields: ['Id'] },
      { alias: 'w2', where: '(Id,gt,9999)', fields: 'Id' },
    ]);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      w0: { list: [{ Id: 1 }, { Id: 2 }], pageInfo: { totalRows: 3, pageSize: 2 } },
      w1: { list: [{ Id: 5 }, { Id: 4 }], pageInfo: { pageSize: 1000 } },
      w2: { list: [] },
    });
  });
  it('refuses a body that is no list, and fails as a whole', async () => {
    const post = (body: unknown) => client.call('POST', `${tablePath}/bulk/datalist`, body);
    expect(await post([])).toMatchObject({ status: 400, body: { msg: 'Invalid bulkFilterList' } });
    expect(await post({ a: 1 })).toMatchObject({ status: 400 });
    expect(await post([{ alias: 'a' }, { alias: 'b', where: '(bad,eq,1)' }])).toMatchObject({ status: 422 });
    expect(await post('{bad')).toMatchObject({ status: 400 });
  });
});

describe('writing', () => {
  it('adds rows with keys of its own, changes and deletes them', async () => {
    expect(
      await client.call('POST', path, [{ name: 'x', at: '2024-05-01T10:00:00.734Z' }, { Id: 7 }]),
    ).toMatchObject({
      status: 200,
      body: [{ Id: 2501 }, { Id: 2502 }],
    });
    expect((await client.get(`${path}/2501`)).body).toEqual({
      Id: 2501,
      CreatedAt: '2026-03-30 12:00:00+00:00',
      UpdatedAt: null,
      name: 'x',
      at: '2024-05-01 10:00:00+00:00',
      'my, col': null,
      long: null,
    });
    now += 60_000;
    expect((await client.call('PATCH', path, { Id: 2501, name: 'y' })).body).toEqual({ Id: 2501 });
    expect((await client.get(`${path}/2501?fields=name,UpdatedAt`)).body).toEqual({
      name: 'y',
      UpdatedAt: '2026-03-30 12:01:00+00:00',
    });
    const touched = encodeURIComponent('@(UpdatedAt,gte,exactDate,"2026-03-30T12:01:00Z")');
    expect((await list(`where=${touched}`)).list).toEqual([{ Id: 2501 }]);
    expect((await client.call('DELETE', path, [{ Id: 2501 }])).body).toEqual([{ Id: 2501 }]);
    expect((await client.get(`${path}/2501`)).status).toBe(404);
    expect((await client.call('POST', path, { name: 'z' })).body).toEqual({ Id: 2503 });
  });
  it('refuses what NocoDB refuses', async () => {
    const rows = Array.from({ length: 101 }, () => ({ name: 'x' }));
    expect(await client.call('POST', path, rows)).toMatchObject({
      status: 422,
      body: { error: 'ERR_MAX_PAYLOAD_LIMIT_EXCEEDED' },
    });
    expect((await client.call('POST', path, { CreatedAt: '2020-01-01' })).status).toBe(400);
    expect((await client.call('POST', path, { long: 'x'.repeat(100_000) })).status).toBe(200);
    expect(await client.call('POST', path, { long: 'x'.repeat(100_001) })).toMatchObject({
      status: 422,
      body: { error: 'ERR_INVALID_VALUE_FOR_FIELD' },
    });
    expect((await client.call('PATCH', path, { Id: 99999, name: 'x' })).status).toBe(404);
    expect((await client.call('DELETE', path, [{ name: 'x' }])).status).toBe(422);
  });
  it('makes and drops tables', async () => {
    const tables = `/api/v2/meta/bases/${client.baseId}/tables`;
    const made = await client.call('POST', tables, {
      title: 'extra',
      columns: [
        { title: 'Id', uidt: 'ID' },
        { title: 'name', uidt: 'LongText' },
      ],
    });
    expect((await client.call('POST', await client.records('extra'), { name: 'first' })).body).toEqual({
      Id: 1,
    });
    expect((await client.call('DELETE', `/api/v2/meta/tables/${made.body.id}`)).body).toBe(true);
    expect((await client.get(tables)).body.list).toHaveLength(1);
  });
});

describe('rate limit', () => {
  it('refuses everything for the block once the limit was crossed, and says how long', async () => {
    const limited = await startClient({
      tables: [TABLE],
      rateLimit: { requests: 3, windowMs: 1000, blockMs: 30_000 },
      now: () => now,
    });
    try {
      const records = await limited.records('things');
      const statuses: number[] = [];
      for (let count = 0; count < 5; count += 1) statuses.push((await limited.get(records)).status);
      expect(statuses).toEqual([200, 200, 200, 429, 429]);
      now += 10_000;
      const refused = await limited.get(records);
      expect(refused.body).toEqual({ message: 'ThrottlerException: Too Many Requests' });
      expect(refused.headers.get('retry-after')).toBe('20');
      now += 20_001;
      expect((await limited.get(records)).status).toBe(200);
      expect(limited.requests()).toBe(8);
    } finally {
      await limited.close();
    }
  });
});
