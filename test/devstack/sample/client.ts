import { startSampleServer, type SampleServerOptions } from '../../../src/devstack/sample/server.js';

/** Members that answers may have; a test looks only at those that its request gives. */
export interface Body extends Record<string, unknown> {
  id: string;
  list: Record<string, unknown>[];
  columns: { id: string; title: string; uidt: string; pk: boolean; system: boolean }[];
  pageInfo: { totalRows: number; page?: number; pageSize: number; offset?: number };
}

export interface Reply {
  status: number;
  body: Body;
  headers: Headers;
}

export interface Client {
  url: string;
  baseId: string;
  requests(): number;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  get(path: string): Promise<Reply>;
  /** Path of a table's records, by its title. */
  records(title: string): Promise<string>;
  close(): Promise<void>;
}

export const TOKEN = 'secret-token';

/** A sample server and a plain HTTP client for it. */
export async function startClient(options: Omit<SampleServerOptions, 'token'>): Promise<Client> {
  const server = await startSampleServer({ ...options, token: TOKEN });
  const call: Client['call'] = async (method, path, body, headers = { 'xc-token': TOKEN }) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: JSON.parse(text) as Body,
      headers: response.headers,
    };
  };
  const get = (path: string) => call('GET', path);
  return {
    url: server.url,
    baseId: server.baseId,
    requests: server.requests,
    call,
    get,
    records: async (title) => {
      const { body } = await get(`/api/v2/meta/bases/${server.baseId}/tables`);
      const table = body.list.find((each) => each['title'] === title);
      return `/api/v2/tables/${String(table!['id'])}/records`;
    },
    close: server.close,
  };
}
