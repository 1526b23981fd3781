import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  BUSY_CONVERSATIONS,
  BUSY_DAY,
  CONVERSATIONS,
  conversationsOf,
  DIRTY_DAY,
  HARD_IDS,
  TOUCHED,
  UNQUOTABLE_IDS,
} from './source-dataset.js';
import { callApi, describeTable, type ContractTarget, type TargetTable } from './source-target.js';

interface Page {
  list: Record<string, unknown>[];
  pageInfo: { totalRows: number; pageSize: number; isLastPage?: boolean };
}

const TOTAL = CONVERSATIONS.rows.length;

/** What the client relies on in NocoDB's v2 API, as facts about the server: run on the sample source and on a real one. */
export function describeNocoDbApi(getTarget: () => ContractTarget): void {
  describe('NocoDB v2 API', () => {
    let target: ContractTarget;
    let table: TargetTable;
    const column = (title: string): string => table.columns[title] ?? `missing ${title}`;

    beforeAll(async () => {
      target = getTarget();
      table = await describeTable(target, 'conversations');
    });

    const list = (query: Record<string, string>) =>
      callApi(target, `/api/v2/tables/${table.id}/records`, { query });
    const page = async (query: Record<string, string>): Promise<Page> => {
      const answer = await list(query);
      expect(answer.status).toBe(200);
      return answer.body as Page;
    };
    const total = async (where: string) => (await page({ where, limit: '1' })).pageInfo.totalRows;

    it('pages by 25 unless told, clamps a larger limit in silence, and says what it applied', async () => {
      expect((await page({})).list).toHaveLength(25);
      const clamped = await page({ limit: '5000' });
      expect(clamped.list).toHaveLength(1000);
      expect(clamped.pageInfo).toMatchObject({ totalRows: TOTAL, pageSize: 1000 });
    });

    it('takes column ids in fields, sort and where, and answers by title', async () => {
      const { list: rows } = await page({
        fields: [column('Id'), column('started_at'), column('UpdatedAt')].join(','),
        sort: `-${column('Id')}`,
        where: `@(${column('Id')},lte,"2")`,
      });
      expect(rows).toEqual([
        { Id: 2, started_at: '2024-03-10 00:01:10+00:00', UpdatedAt: null },
        { Id: 1, started_at: '2024-03-10 00:00:00+00:00', UpdatedAt: null },
      ]);
    });

    it('sets UpdatedAt with the first update', async () => {
      const { list: rows } = await page({ where: `@(${column('Id')},eq,"${TOUCHED.id}")` });
      expect(rows[0]?.['UpdatedAt']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/);
    });

    it('refuses an offset past the end, and answers a keyset past the end with an empty page', async () => {
      const refused = await list({ offset: String(TOTAL) });
      expect(refused).toMatchObject({ status: 422, body: { error: 'ERR_INVALID_OFFSET_VALUE' } });
      const past = await page({ where: `@(${column('Id')},gt,"${TOTAL}")`, sort: column('Id') });
      expect(past).toMatchObject({ list: [], pageInfo: { totalRows: 0 } });
    });

    it('counts the same in /count and in pageInfo', async () => {
      const where = `@(${column('Id')},gt,"100")`;
      const count = await callApi(target, `/api/v2/tables/${table.id}/records/count`, { query: { where } });
      expect(count).toMatchObject({ status: 200, body: { count: TOTAL - 100 } });
      expect(await total(where)).toBe(TOTAL - 100);
    });

    it.each(HARD_IDS)('finds %j by a quoted filter, alone and in a list', async (id) => {
      const quoted = id.includes('"') ? `'${id}'` : `"${id}"`;
      const found = await page({ where: `@(${column('conversation_id')},eq,${quoted})` });
      expect(found.list.map((row) => row['conversation_id'])).toEqual([id]);
      expect(await total(`@(${column('conversation_id')},in,${quoted},"long")`)).toBe(2);
    });

    it.each(UNQUOTABLE_IDS)('cannot say %j in a list', async (id) => {
      for (const mark of ['"', "'"]) {
        const quoted = [id, 'long'].map((value) => mark + value + mark).join(',');
        const answer = await list({ where: `@(${column('conversation_id')},in,${quoted})` });
        const rows = answer.status === 200 ? (answer.body as Page).list : [];
        expect(rows.map((row) => row['conversation_id'])).not.toContain(id);
      }
    });

    it('lets an unquoted value change the filter, and not a quoted one', async () => {
      const injection = '(conversation_id,eq,x)~or(Id,gt,0)';
      expect(await total(injection)).toBe(TOTAL);
    });

    it('finds with a pattern what cannot be quoted', async () => {
      const found = await page({ where: `@(${column('conversation_id')},like,"both ' and %")` });
      expect(found.list.map((row) => row['conversation_id'])).toEqual([UNQUOTABLE_IDS[0]]);
    });

    describe('dates', () => {
      const day = (from: string, to: string) =>
        `@((${column('started_at')},gte,exactDate,"${from}")~and(${column('started_at')},lt,exactDate,"${to}"))`;

      it('takes half-open ranges of whole seconds', async () => {
        expect(await total(day(`${BUSY_DAY}T00:00:00Z`, `${DIRTY_DAY}T00:00:00Z`))).toBe(BUSY_CONVERSATIONS);
        expect(await total(day(`${DIRTY_DAY}T00:00:00Z`, '2024-03-12T00:00:00Z'))).toBe(
          conversationsOf(DIRTY_DAY).length,
        );
        expect(await total(day('2024-03-12T00:00:00Z', '2024-03-12T00:00:01Z'))).toBe(1);
        expect(await total(day('2024-03-12T23:59:59Z', '2024-03-13T00:00:00Z'))).toBe(1);
      });

      it('takes `eq` for the whole day', async () => {
        expect(await total(`@(${column('started_at')},eq,exactDate,"${BUSY_DAY}T10:00:00Z")`)).toBe(
          BUSY_CONVERSATIONS,
        );
      });

      it('drops a bound that is empty, and `is null`, without a word', async () => {
        expect(await total(`@(${column('started_at')},gte,exactDate,"")`)).toBe(TOTAL);
        expect(await total(`@(${column('started_at')},is,null)`)).toBe(TOTAL);
      });

      it('knows missing values as blank', async () => {
        expect(await total(`@(${column('started_at')},blank)`)).toBe(2);
        expect(await total(`@(${column('app_id')},notblank)`)).toBe(TOTAL - 1);
      });

      it('groups or within and', async () => {
        const [id, start] = [column('app_id'), column('started_at')];
        const undated = `(${start},blank)~or(${start},lt,exactDate,"2000-01-01T00:00:00Z")`;
        expect(await total(`@((${id},eq,"shop")~and(${undated}))`)).toBe(2);
      });
    });

    it('refuses bad and missing tokens alike', async () => {
      for (const token of ['wrong', null]) {
        const answer = await callApi(target, `/api/v2/tables/${table.id}/records`, { token });
        expect(answer).toMatchObject({ status: 401, body: { error: 'ERR_AUTHENTICATION_REQUIRED' } });
      }
    });

    it('names what it does not find', async () => {
      expect(await callApi(target, '/api/v2/meta/bases/pxxxxxxxxxxxxxx/tables')).toMatchObject({
        status: 404,
        body: { error: 'ERR_BASE_NOT_FOUND' },
      });
      expect(await callApi(target, '/api/v2/tables/mxxxxxxxxxxxxxx/records')).toMatchObject({
        status: 404,
        body: { error: 'ERR_TABLE_NOT_FOUND' },
      });
      expect(await list({ fields: 'nothing' })).toMatchObject({
        status: 404,
        body: { error: 'ERR_FIELD_NOT_FOUND' },
      });
    });

    it('refuses filters that it cannot read', async () => {
      const bad = [
        '@(nothing,eq,"1")',
        `@(${column('started_at')},gte,"2024-03-10")`,
        `@(${column('conversation_id')},eq,x(y))`,
      ];
      for (const where of bad) {
        expect(await list({ where })).toMatchObject({ status: 422, body: { error: 'ERR_INVALID_FILTER' } });
      }
    });

    it('answers many queries at once in bulk/datalist, clamped alike', async () => {
      const query = (where: string, limit: number) => ({
        where,
        limit,
        sort: column('Id'),
        fields: column('Id'),
      });
      const answer = await callApi(target, `/api/v2/tables/${table.id}/bulk/datalist`, {
        method: 'POST',
        body: [
          { alias: 'some', ...query(`@(${column('Id')},gt,"10")`, 3) },
          { alias: 'many', ...query(`@(${column('Id')},gt,"0")`, 5000) },
          { alias: 'none', ...query(`@(${column('Id')},gt,"${TOTAL}")`, 10) },
        ],
      });
      expect(answer.status).toBe(201);
      const pages = answer.body as Record<string, Page>;
      expect(pages['some']).toMatchObject({
        list: [{ Id: 11 }, { Id: 12 }, { Id: 13 }],
        pageInfo: { totalRows: TOTAL - 10, pageSize: 3 },
      });
      expect(pages['many']?.list).toHaveLength(1000);
      expect(pages['many']?.pageInfo.totalRows).toBe(TOTAL);
      expect(pages['none']).toMatchObject({ list: [], pageInfo: { totalRows: 0 } });
    });
  });
}
