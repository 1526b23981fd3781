import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { NocoDbHttp, retryAfterMs } from '../../../src/adapters/nocodb/http.js';
import { DEFAULT_LIMITS, type HttpLimits } from '../../../src/adapters/nocodb/config.js';
import { sendHtml, sendJson, startTinyServer, type TinyServer } from '../../support/nocodb/tiny-server.js';

const Anything = z.looseObject({});
const FAST: Partial<HttpLimits> = { backoffMs: 5, headersTimeoutMs: 300, bodyTimeoutMs: 300 };
const signal = new AbortController().signal;
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(answer: Parameters<typeof startTinyServer>[0]): Promise<TinyServer> {
  const server = await startTinyServer(answer);
  open.push(() => server.close());
  return server;
}

function client(url: string, limits: Partial<HttpLimits> = {}, requestsPerSecond = 1_000): NocoDbHttp {
  const http = new NocoDbHttp(
    { baseUrl: url, apiToken: 'secret-token', requestsPerSecond },
    { ...DEFAULT_LIMITS, ...FAST, ...limits },
  );
  open.push(() => http.close());
  return http;
}

const answering = (answer: (response: ServerResponse) => void) => serve((_, response) => answer(response));

describe('failures by kind', () => {
  it.each([
    [401, { error: 'ERR_AUTHENTICATION_REQUIRED', message: 'Authentication required' }, 'SourceAuth', 1],
    [403, { error: 'ERR_FORBIDDEN' }, 'SourceAuth', 1],
    [404, { error: 'ERR_TABLE_NOT_FOUND', message: "Table 'm' not found" }, 'SourceSchema', 1],
    [422, { msg: 'bad where' }, 'SourceSchema', 1],
    [400, { message: ['one', 'two'] }, 'SourceRequest', 1],
    [408, {}, 'SourceUnavailable', 3],
    [500, { msg: 'Something did not work' }, 'SourceUnavailable', 3],
    [503, 'text', 'SourceUnavailable', 3],
  ])('%i %j is %s, after %i requests', async (status, body, type, requests) => {
    const server = await answering((response) => sendJson(response, status, body));
    const failure = client(server.url).get('/api/v2/x', { where: 'private' }, Anything, { signal });
    await expect(failure).rejects.toMatchObject({ type });
    await expect(failure).rejects.toThrow(`GET /api/v2/x with ${status}`);
    await expect(failure).rejects.not.toThrow(/secret-token|private/);
    expect(server.times).toHaveLength(requests);
  });

  it.each([
    [200, 'SourceUnavailable', 'proxy or a login page'],
    [403, 'SourceAuth', 'HTML page'],
    [404, 'SourceSchema', 'not NocoDB’s own answer'],
    [502, 'SourceUnavailable', 'HTML page'],
  ])('a proxy’s HTML page with %i is %s', async (status, type, said) => {
    const server = await answering((response) => sendHtml(response, status));
    const failure = client(server.url).get('/api/v2/x', {}, Anything, { signal });
    await expect(failure).rejects.toMatchObject({ type });
    await expect(failure).rejects.toThrow(said);
  });

  it('names a redirect instead of following it with the token', async () => {
    const other = await answering((response) => sendJson(response, 200, {}));
    const server = await answering((response) => sendJson(response, 302, {}, { location: other.url }));
    const failure = client(server.url).get('/api/v2/x', {}, Anything, { signal });
    await expect(failure).rejects.toMatchObject({ type: 'SourceRequest' });
    await expect(failure).rejects.toThrow('NOCODB_BASE_URL');
    expect(other.times).toHaveLength(0);
  });

  it('is SourceUnavailable where nobody listens', async () => {
    const server = await startTinyServer(() => undefined);
    await server.close();
    const failure = client(server.url).get('/api/v2/x', {}, Anything, { signal });
    await expect(failure).rejects.toMatchObject({ type: 'SourceUnavailable' });
    await expect(failure).rejects.toThrow('ECONNREFUSED');
  });

  it.each(['ftp://noco', 'noco.example.com', ''])('refuses %j as a base URL', (url) => {
    expect(() => client(url)).toThrow('NOCODB_BASE_URL');
  });
});

describe('a base URL with a path', () => {
  it('keeps the path before the API', async () => {
    let asked = '';
    const server = await serve((request, response) => {
      asked = request.url ?? '';
      sendJson(response, 200, {});
    });
    await client(`${server.url}/tools/`).get('/api/v2/x', { where: '@(c,eq,"a b&c")' }, Anything, { signal });
    expect(new URL(asked, server.url).pathname).toBe('/tools/api/v2/x');
    expect(new URL(asked, server.url).searchParams.get('where')).toBe('@(c,eq,"a b&c")');
  });
});

describe('retries and limits', () => {
  it('gives the answer of a later try', async () => {
    const server = await serve((_, response, count) => {
      if (count < 3) sendHtml(response, 502);
      else sendJson(response, 200, { ok: true });
    });
    let progress = 0;
    const answer = await client(server.url).get('/x', {}, Anything, {
      signal,
      onProgress: () => (progress += 1),
    });
    expect(answer).toEqual({ ok: true });
    expect(progress).toBe(3);
  });

  it.each([
    ['no headers', () => undefined],
    [
      'a body that stops',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"half":');
      },
    ],
  ])('does not wait for ever for %s', async (_, answer) => {
    const server = await answering(answer);
    const started = Date.now();
    const failure = client(server.url, { attempts: 1 }).get('/x', {}, Anything, { signal });
    await expect(failure).rejects.toMatchObject({ type: 'SourceUnavailable' });
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it('ends a hanging request with the caller’s reason', async () => {
    const server = await answering(() => undefined);
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const failure = client(server.url, { headersTimeoutMs: 60_000 }).get('/x', {}, Anything, {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(reason), 50);
    await expect(failure).rejects.toBe(reason);
  });

  it('ends the wait between two tries with the caller’s reason', async () => {
    const server = await answering((response) => sendHtml(response, 502));
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const failure = client(server.url, { backoffMs: 60_000 }).get('/x', {}, Anything, {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(reason), 100);
    await expect(failure).rejects.toBe(reason);
    expect(server.times).toHaveLength(1);
  });
});

describe('429', () => {
  it('pauses every reader of the process, then goes on', async () => {
    const server = await serve((_, response, count) => {
      if (count === 1)
        sendJson(response, 429, { message: 'ThrottlerException' }, { 'Retry-After-data': '1' });
      else sendJson(response, 200, { ok: true });
    });
    const [one, other] = [client(server.url), client(server.url)];
    const first = one.get('/x', {}, Anything, { signal });
    while (server.times.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([first, other.get('/y', {}, Anything, { signal })]);
    const [refused = 0, ...later] = server.times;
    expect(later).toHaveLength(2);
    for (const time of later) expect(time - refused).toBeGreaterThanOrEqual(950);
  });

  it('hands a long pause to the caller, with its length', async () => {
    const server = await answering((response) => sendJson(response, 429, {}, { 'retry-after': '120' }));
    const failure = client(server.url).get('/x', {}, Anything, { signal });
    await expect(failure).rejects.toMatchObject({ type: 'SourceRateLimited' });
    const error = (await failure.catch((reason: unknown) => reason)) as { options: { retryAfterMs: number } };
    expect(error.options.retryAfterMs).toBeGreaterThanOrEqual(120_000);
    expect(error.options.retryAfterMs).toBeLessThanOrEqual(132_000);
    expect(server.times).toHaveLength(1);
  });

  it('reads every header that starts with retry-after, in seconds or as a date', () => {
    const now = Date.parse('2024-01-01T00:00:00Z');
    expect(retryAfterMs({ 'retry-after': '5', 'retry-after-long': '30' }, now)).toBe(30_000);
    expect(retryAfterMs({ 'retry-after': 'Mon, 01 Jan 2024 00:00:07 GMT' }, now)).toBe(7_000);
    expect(retryAfterMs({ 'retry-after': 'Sun, 31 Dec 2023 00:00:00 GMT' }, now)).toBe(0);
    expect(retryAfterMs({ 'retry-after': 'soon', date: 'x' }, now)).toBeUndefined();
  });
});
