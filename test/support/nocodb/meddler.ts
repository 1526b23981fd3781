import { startTinyServer, sendJson, type TinyServer } from './tiny-server.js';

type Params = Record<string, unknown>;
interface Page {
  list: unknown[];
  pageInfo: { totalRows?: number };
}

/** What stands between the client and the server; each returns what is passed on. */
export interface Meddling {
  /** A query of a page, from the URL or from bulk/datalist. */
  query?: (query: Params) => Params;
  page?: (page: Page) => Page;
  /** Answer instead of passing a request on. */
  refuse?: (path: string) => { status: number; body: unknown } | undefined;
}

/** A server in front of another: changes pages as other versions, other settings and faults of NocoDB do. */
export async function startMeddler(
  target: string,
  meddling: Meddling,
): Promise<TinyServer & { paths: string[] }> {
  const paths: string[] = [];
  const server = await startTinyServer(async (request, response) => {
    const url = new URL(request.url ?? '/', target);
    paths.push(`${request.method ?? ''} ${url.pathname.replace(/^.*\/tables\/\w+\//, '')}`);
    const refusal = meddling.refuse?.(url.pathname);
    if (refusal) {
      sendJson(response, refusal.status, refusal.body);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const query = meddling.query ?? ((same: Params) => same);
    const changed = query(Object.fromEntries(url.searchParams));
    url.search = new URLSearchParams(changed as Record<string, string>).toString();
    const sent = chunks.length === 0 ? undefined : (JSON.parse(Buffer.concat(chunks).toString()) as Params[]);
    const answer = await fetch(url, {
      method: request.method ?? 'GET',
      headers: { 'xc-token': String(request.headers['xc-token']), 'content-type': 'application/json' },
      ...(sent ? { body: JSON.stringify(sent.map(query)) } : {}),
    });
    const body = (await answer.json()) as Params;
    const wait = answer.headers.get('retry-after');
    const changedBody = changePages(body, (page) => meddling.page?.(page) ?? page);
    sendJson(response, answer.status, changedBody, wait === null ? {} : { 'retry-after': wait });
  });
  return { ...server, paths };
}

function changePages(body: Params, change: (page: Page) => Page): unknown {
  if ('pageInfo' in body) return change(body as unknown as Page);
  const entries = Object.entries(body).map(([key, value]) => {
    const isPage = typeof value === 'object' && value !== null && 'pageInfo' in value;
    return [key, isPage ? change(value as unknown as Page) : value] as const;
  });
  return Object.fromEntries(entries);
}
