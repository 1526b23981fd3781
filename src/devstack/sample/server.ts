import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, serverError } from './api-error.js';
import { nocoId } from './columns.js';
import { RateLimiter, type RateLimit } from './rate-limiter.js';
import { createRoutes, type Answer } from './routes.js';
import type { SampleTable } from './table.js';
import { TableStore } from './table-store.js';

export interface SampleServerOptions {
  tables: SampleTable[];
  /** The only API token that is accepted. */
  token: string;
  /** NocoDB's form is `p` and 14 characters; one is made up by default. */
  baseId?: string;
  /** 0 (default): any free port of 127.0.0.1. */
  port?: number;
  /** Limits the data API, as servers newer than 0.301.3 do; none by default. */
  rateLimit?: RateLimit;
  /** Clock of the server, epoch ms. */
  now?: () => number;
}

export interface SampleServer {
  /** `http://127.0.0.1:<port>` */
  url: string;
  token: string;
  baseId: string;
  /** Requests received so far, refused ones included. */
  requests(): number;
  close(): Promise<void>;
}

/**
 * Serves tables from memory over the part of NocoDB 0.301.3's v2 data and meta API that a collector uses, with its
 * paging, clamping, `where` grammars and error bodies. Listens on 127.0.0.1 only.
 */
export async function startSampleServer(options: SampleServerOptions): Promise<SampleServer> {
  const now = options.now ?? Date.now;
  const baseId = options.baseId ?? nocoId('p', 'sample');
  const tables = options.tables.map(
    (table) => new TableStore(table, nocoId('m', `${baseId}/${table.title}`), now),
  );
  const limiter = options.rateLimit && new RateLimiter(options.rateLimit, now);
  const route = createRoutes({ baseId, tables, token: options.token, limiter, now });
  let requests = 0;

  const server = createServer((request, response) => {
    requests += 1;
    void answer(request, route).then((result) => {
      send(response, result);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token: options.token,
    baseId,
    requests: () => requests,
    close: () => closeServer(server),
  };
}

async function answer(request: IncomingMessage, route: ReturnType<typeof createRoutes>): Promise<Answer> {
  try {
    const body = request.method === 'GET' ? '' : await readBody(request);
    return route(request, new URL(request.url ?? '/', 'http://sample'), body);
  } catch (error) {
    const known = error instanceof ApiError ? error : serverError();
    return { status: known.status, body: known.body, headers: known.headers };
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  server.closeAllConnections();
  await closed;
}
