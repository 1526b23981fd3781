import { setTimeout as sleep } from 'node:timers/promises';
import type { ContractTarget } from '../../contract/source-target.js';

/** Where the test runner started NocoDB (scripts/test.mjs). */
export interface NocoDbAccess {
  url: string;
  token: string;
  jwt: string;
}

export interface NewTable {
  title: string;
  columns: { title: string; uidt: string }[];
  rows: Record<string, unknown>[];
}

export function nocoDbAccess(): NocoDbAccess {
  const names = ['TEST_NOCODB_URL', 'TEST_NOCODB_TOKEN', 'TEST_NOCODB_JWT'] as const;
  const [url, token, jwt] = names.map((name) => process.env[name]);
  if (url === undefined || token === undefined || jwt === undefined) {
    throw new Error(`${names.join(', ')} name a real NocoDB; npm run test:nocodb sets them`);
  }
  return { url, token, jwt };
}

/** Rows an insert: with a session there is no cap on rows, only on the size of a body. */
const INSERT_ROWS = 5_000;

/** Creates a base with tables, and fills them. Rows get the primary keys 1, 2, … in the order given. */
export async function createBase(
  access: NocoDbAccess,
  title: string,
  tables: readonly NewTable[],
): Promise<ContractTarget & { tableIds: Record<string, string> }> {
  const base = (await asAdmin(access, 'POST', '/api/v2/meta/bases/', { title })) as { id: string };
  const tableIds: Record<string, string> = {};
  for (const table of tables) {
    const created = (await asAdmin(access, 'POST', `/api/v2/meta/bases/${base.id}/tables`, {
      title: table.title,
      table_name: columnName(table.title),
      columns: [
        { title: 'Id', column_name: 'id', uidt: 'ID' },
        ...table.columns.map((column) => ({ ...column, column_name: columnName(column.title) })),
      ],
    })) as { id: string };
    tableIds[table.title] = created.id;
    await insertRows(access, base.id, created.id, table.rows);
  }
  return {
    baseUrl: access.url,
    apiToken: access.token,
    projectId: base.id,
    tableIds,
    stop: async () => {
      await asAdmin(access, 'DELETE', `/api/v2/meta/bases/${base.id}`);
    },
  };
}

export async function insertRows(
  access: NocoDbAccess,
  baseId: string,
  tableId: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  for (let first = 0; first < rows.length; first += INSERT_ROWS) {
    const part = rows.slice(first, first + INSERT_ROWS);
    await asAdmin(access, 'POST', `/api/v1/db/data/bulk/noco/${baseId}/${tableId}`, part);
  }
}

/** A request with the administrator's session; throws on anything but 2xx. */
export async function asAdmin(
  access: NocoDbAccess,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${access.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'xc-auth': access.jwt },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as unknown;
    // SQLite lets one writer in at a time; another suite may be seeding.
    if (response.status < 500 || attempt === 3) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    }
    await sleep(500 * attempt);
  }
}

function columnName(title: string): string {
  return title.toLowerCase().replace(/\W+/g, '_');
}
