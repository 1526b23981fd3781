import { setTimeout as sleep } from 'node:timers/promises';
import { TOUCHED, type ContractTable } from './source-dataset.js';

/** A server that holds the contract's tables. */
export interface ContractTarget {
  baseUrl: string;
  apiToken: string;
  projectId: string;
  stop(): Promise<void>;
}

/** Starts a server with these tables, their rows numbered from 1 in the order given. */
export type StartTarget = (tables: ContractTable[]) => Promise<ContractTarget>;

export interface ApiAnswer {
  status: number;
  body: unknown;
}

/** The API as any HTTP client sees it: nothing of the adapter is used. */
export async function callApi(
  target: ContractTarget,
  path: string,
  options: { method?: string; body?: unknown; token?: string | null; query?: Record<string, string> } = {},
): Promise<ApiAnswer> {
  const url = new URL(path, target.baseUrl);
  for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, value);
  const token = options.token === undefined ? target.apiToken : options.token;
  const response = await fetch(url, {
    method: options.method ?? 'GET',
    headers: {
      ...(token === null ? {} : { 'xc-token': token }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return { status: response.status, body: await response.json() };
}

export interface TargetTable {
  id: string;
  /** Title → column id. */
  columns: Record<string, string>;
}

export async function describeTable(target: ContractTarget, title: string): Promise<TargetTable> {
  const tables = await callApi(target, `/api/v2/meta/bases/${target.projectId}/tables`);
  const found = (tables.body as { list: { id: string; title: string }[] }).list.find(
    (table) => table.title === title,
  );
  if (!found) throw new Error(`no table ${title}`);
  const meta = await callApi(target, `/api/v2/meta/tables/${found.id}`);
  const { columns } = meta.body as { columns: { id: string; title: string }[] };
  return { id: found.id, columns: Object.fromEntries(columns.map((column) => [column.title, column.id])) };
}

/** Updates one row, a second after the last one was written: times are whole seconds. */
export async function touch(target: ContractTarget, tableId: string): Promise<void> {
  await sleep(1_100);
  const answer = await callApi(target, `/api/v2/tables/${tableId}/records`, {
    method: 'PATCH',
    body: [{ Id: TOUCHED.id, ...TOUCHED.change }],
  });
  if (answer.status !== 200) throw new Error(`update answered ${answer.status}`);
}
