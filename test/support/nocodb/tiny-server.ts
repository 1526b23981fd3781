import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TinyServer {
  url: string;
  /** When each request came, epoch ms. */
  times: number[];
  close(): Promise<void>;
}

/** A server on a free port of 127.0.0.1, for answers that no real NocoDB gives on demand. */
export async function startTinyServer(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void | Promise<void>,
): Promise<TinyServer> {
  const times: number[] = [];
  const server = createServer((request, response) => {
    times.push(Date.now());
    void answer(request, response, times.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    times,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function sendHtml(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end('<!DOCTYPE html><html><body><h1>Gateway</h1></body></html>');
}
