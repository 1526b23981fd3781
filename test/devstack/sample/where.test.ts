import { startClient, type Client, type Reply } from './client.js';

/**
 * What a real NocoDB 0.301.3 answers to the same filters, row by row (times: on PostgreSQL): the sample server must not
 * be kinder than the real one.
 */
const TEXTS = [
  'a',
  'b',
  'A',
  'a,b',
  'a,',
  'x(y)',
  'x((y))',
  `it's`,
  'say "hi"',
  `both ' and "`,
  'null',
  ' lead',
  'x)~or(Id,gt,0',
  'back\\slash',
  '',
  null,
] as const;
const ids = (...texts: (string | null)[]) =>
  texts.map((text) => (TEXTS as readonly unknown[]).indexOf(text) + 1);
const ALL = TEXTS.map((_, index) => index + 1);

let client: Client;
let path: string;

beforeAll(async () => {
  client = await startClient({
    tables: [
      {
        title: 'things',
        columns: [
          { title: 'name', uidt: 'SingleLineText' },
          { title: 'my, col', uidt: 'SingleLineText' },
          { title: 'num', uidt: 'Number' },
          { title: 'at', uidt: 'DateTime' },
          { title: 'data', uidt: 'JSON' },
          { title: 'flag', uidt: 'Checkbox' },
        ],
        rows: TEXTS.map((name, index) => ({
          name,
          'my, col': name,
          num: index < 10 ? index + 1 : null,
          at: ['2024-01-01T10:00:00Z', '2024-01-01T23:59:59.734Z', '2024-01-02T00:00:00Z'][index] ?? null,
          data: index === 0 ? { a: 1 } : null,
          flag: index === 0,
        })),
      },
    ],
  });
  path = await client.records('things');
});
afterAll(() => client.close());

const where = (filter: string): Promise<Reply> =>
  client.get(`${path}?limit=100&fields=Id&where=${encodeURIComponent(filter)}`);
const found = async (filter: string): Promise<number[]> => {
  const { status, body } = await where(filter);
  expect({ filter, status, body: status === 200 ? undefined : body }).toEqual({
    filter,
    status: 200,
    body: undefined,
  });
  return body.list.map(({ Id }) => Number(Id));
};

describe('texts in the raw grammar', () => {
  it.each(['a,b', 'a,', 'x(y)', `it's`, 'say "hi"', `both ' and "`, 'null', ' lead', 'back\\slash', ''])(
    'finds %j alone',
    async (text) => {
      expect(await found(`(name,eq,${text})`)).toEqual(ids(text));
    },
  );
  it('refuses double parentheses in a value', async () => {
    expect(await where('(name,eq,x((y)))')).toMatchObject({
      status: 422,
      body: { msg: 'Invalid filter format.' },
    });
  });
  it('lets a value add conditions of its own: the injection that clients must be safe against', async () => {
    expect(await found('(name,eq,x)~or(Id,gt,0)')).toEqual(ALL);
  });
});

describe('texts in the quoted grammar', () => {
  it.each(['a,b', 'a,', 'x(y)', 'x((y))', `it's`, 'null', ' lead', 'x)~or(Id,gt,0', 'back\\slash', ''])(
    'finds %j alone in double quotes',
    async (text) => {
      expect(await found(`@(name,eq,"${text}")`)).toEqual(ids(text));
    },
  );
  it('takes single quotes for a value with double ones', async () => {
    expect(await found(`@(name,eq,'say "hi"')`)).toEqual(ids('say "hi"'));
    expect((await where(`@(name,eq,"say "hi"")`)).status).toBe(422);
  });
  it('has no way to write both quotes: an escaped quote keeps its backslash', async () => {
    expect(await found(`@(name,eq,"say \\"hi\\"")`)).toEqual([]);
    expect((await where(`@(name,eq,"both ' and "")`)).status).toBe(422);
  });
  it('reads a bare null as SQL null, and drops blanks before a bare value', async () => {
    expect(await found('@(name,eq,null)')).toEqual(ids(null));
    expect(await found('@(name,eq, lead)')).toEqual([]);
  });
  it.each(['@(name,eq,a,)', '@(name,eq,x(y))', `@(name,eq,it's)`, '@(name,eq,say "hi")'])(
    'refuses %s without quotes',
    async (filter) => {
      expect(await where(filter)).toMatchObject({ status: 422, body: { error: 'ERR_INVALID_FILTER' } });
    },
  );
  it('finds lists of quoted items, and columns by id or by a title with a comma', async () => {
    expect(await found('@(name,in,"a,b","x(y)")')).toEqual(ids('a,b', 'x(y)'));
    expect(await found('@("my, col",eq,"a")')).toEqual(ids('a'));
    const { body } = await client.get(path.replace('/tables/', '/meta/tables/').replace('/records', ''));
    const column = body.columns.find(({ title }) => title === 'name');
    expect(await found(`@(${column!.id},eq,"a")`)).toEqual(ids('a'));
  });
});

describe('operators', () => {
  it.each([
    ['(num,gt,8)', [9, 10]],
    ['(num,gte,9)', [9, 10]],
    ['(num,lt,3)', [1, 2]],
    ['(num,lte,2)~and(num,neq,1)', [2]],
    ['(num,in,1,3,99)', [1, 3]],
    ['(Id,gt,3)~and(Id,lte,5)', [4, 5]],
    ['@(Id,gt,3)~and(Id,lte,5)', [4, 5]],
    ['@(Id,in,1,2)~and(name,in,"a")', [1]],
    ['(name,like,hi)', ids('say "hi"')],
    ['(name,like,a%)', ids('a', 'A', 'a,b', 'a,')],
    ['@(name,like,"%(y%")', ids('x(y)', 'x((y))')],
    ['(name,null)', ids(null)],
    ['(name,is,null)', ids(null)],
    ['(name,blank)', ids('', null)],
    ['@(name,blank)', ids('', null)],
    ['(flag,checked)', [1]],
    ['(Id,gt,abc)', []],
  ])('%s', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });
  it('neq includes null, ~not(eq) does not', async () => {
    expect(await found('(name,neq,a)')).toEqual(ALL.filter((id) => id !== 1));
    expect(await found('~not(name,eq,a)')).toEqual(ALL.filter((id) => id !== 1 && TEXTS[id - 1] !== null));
    expect(await found('@~not(name,eq,"a")')).toEqual(await found('~not(name,eq,a)'));
    expect(await found('(name,notnull)')).toEqual(ALL.filter((id) => TEXTS[id - 1] !== null));
  });
  it('joins as SQL does: and before or', async () => {
    expect(await found('(Id,eq,5)~or(Id,gt,1)~and(Id,lte,3)')).toEqual([2, 3, 5]);
    expect(await found('@(Id,eq,5)~or(Id,gt,1)~and(Id,lte,3)')).toEqual([2, 3, 5]);
    expect(await found('(Id,gt,1)~and((Id,lt,3)~or(Id,gt,15))')).toEqual([2, 16]);
    expect(await found('@((Id,lt,3)~or(Id,gt,15))~and((Id,gt,1)~or(Id,lt,0))')).toEqual([2, 16]);
  });
  it('ignores ~not before a group, and is/isnot null on times and on a bare null, as NocoDB does', async () => {
    expect(await found('@~not((Id,gt,1)~and(Id,lt,3))')).toEqual([2]);
    expect(await found('(at,is,null)')).toEqual(ALL);
    expect(await found('@(at,isnot,null)')).toEqual(ALL);
    expect(await found('@(name,isnot,null)')).toEqual(ALL);
  });
  it('several where parameters are joined by and', async () => {
    const { body } = await client.get(`${path}?fields=Id&where=(Id,gt,1)&where=@(Id,lt,4)`);
    expect(body.list).toEqual([{ Id: 2 }, { Id: 3 }]);
  });
});

describe('times', () => {
  it.each([
    ['@(at,gte,exactDate,"2024-01-01T10:00:00Z")~and(at,lt,exactDate,"2024-01-02T00:00:00Z")', [1, 2]],
    ['(at,gte,exactDate,2024-01-01T10:00:01Z)', [2, 3]],
    ['@(at,gte,exactDate,"2024-01-01 15:30:00+05:30")', [1, 2, 3]],
    // Whole seconds: a fraction in the filter is dropped, one in the row is behind its second.
    ['@(at,lt,exactDate,"2024-01-01T10:00:00.999Z")', []],
    ['@(at,lte,exactDate,"2024-01-01T23:59:59Z")', [1]],
    ['@(at,gt,exactDate,"2024-01-01T23:59:59Z")', [2, 3]],
    // Days: eq always means one.
    ['(at,eq,exactDate,2024-01-01T05:00:00Z)', [1, 2]],
    ['(at,gt,exactDate,2024-01-01)', [3]],
    ['(at,gte,exactDate,2024-01-02)', [3]],
    ['(at,lt,exactDate,2024-01-02)', [1, 2]],
    ['(at,lte,exactDate,2024-01-01)', [1, 2]],
    ['(at,notnull)', [1, 2, 3]],
    ['@(at,notnull)~and((at,lt,exactDate,"2000-01-01T00:00:00Z")~or(at,gte,exactDate,"2024-01-02"))', [3]],
  ])('%s', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });
  it('an empty date is silently no filter', async () => {
    for (const filter of [
      '(at,gte,exactDate,)',
      '(at,gte,exactDate)',
      '@(at,gte,exactDate)',
      '@(at,gte,exactDate,"")',
    ]) {
      expect(await found(filter)).toEqual(ALL);
    }
  });
  it('shows times without their fraction', async () => {
    const { body } = await client.get(`${path}?fields=at&limit=2`);
    expect(body.list).toEqual([{ at: '2024-01-01 10:00:00+00:00' }, { at: '2024-01-01 23:59:59+00:00' }]);
  });
});

describe('errors', () => {
  it.each([
    ['(bad,eq,1)', 422, { msg: `Column alias 'bad' not found.` }],
    ['(name,foo,1)', 422, { msg: 'foo is not supported.' }],
    ['garbage', 422, { msg: 'Invalid filter format.' }],
    ['(Id,gt,1', 422, { msg: 'Invalid filter format.' }],
    ['(at,gte,2024-03-10)', 422, { msg: `'2024-03-10' is not supported.` }],
    ['@(bad,eq,1)', 422, { error: 'ERR_INVALID_FILTER', message: `Invalid filter field 'bad' not found` }],
    [
      '@(name,foo,1)',
      422,
      {
        error: 'ERR_INVALID_FILTER',
        message: `Invalid filter expression: 'foo' is not a recognized operator. Please use a valid comparison or logical operator`,
      },
    ],
    [
      '@(Id,gt,1)~xor(Id,lt,2)',
      422,
      {
        error: 'ERR_INVALID_FILTER',
        message: `Invalid filter expression. Expected a valid logical operator like '~or' or '~and', but found '~xor'`,
      },
    ],
    [
      '@(Id,gt,1',
      422,
      {
        error: 'ERR_INVALID_FILTER',
        message: `Invalid filter syntax: expected a closing parentheses ')', but found ''`,
      },
    ],
    [
      '(at,lt,exactDate,soon)',
      422,
      {
        error: 'ERR_FILTER_VERIFICATION_FAILED',
        message: 'Filter verification failed: Value soon is not supported for type DateTime on column at',
      },
    ],
    [
      '@(at,btw,exactDate,"2024-01-01","2024-01-02")',
      422,
      {
        error: 'ERR_FILTER_VERIFICATION_FAILED',
        message: 'Filter verification failed: Operation btw is not supported for type DateTime on column at',
      },
    ],
    [
      '(data,notnull)',
      400,
      { error: 'ERR_UNSUPPORTED_FILTER_OPERATION', message: `Operation 'notnull' is not supported` },
    ],
  ])('%s', async (filter, status, body) => {
    expect(await where(filter)).toMatchObject({ status, body });
  });
  it('says so where it does not rebuild an operator', async () => {
    expect((await where('@(at,isWithin,pastWeek)')).status).toBe(501);
    expect((await where('(num,btw,1,2)')).status).toBe(501);
  });
});
