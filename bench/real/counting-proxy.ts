import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  requests: number;
  /** Answers of 429: the caller was blocked. */
  refused: number;
  /** Epoch ms of the first and the last request; 0 where there was none. */
  firstAt: number;
  lastAt: number;
}

/** Passes requests on to a server, and counts them. */
export async function startCountingProxy(
  target: string,
): Promise<{ url: string; seen(): Seen; reset(): void; close(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true });
  const nothing: Seen = { requests: 0, refused: 0, firstAt: 0, lastAt: 0 };
  let seen = { ...nothing };
  const server = createServer((incoming, outgoing) => {
    const now = Date.now();
    seen.requests += 1;
    if (seen.firstAt === 0) seen.firstAt = now;
    seen.lastAt = now;
    const { method, headers } = incoming;
    const onward = httpRequest(new URL(incoming.url ?? '/', target), { method, headers, agent }, (answer) => {
      if (answer.statusCode === 429) seen.refused += 1;
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    reset: () => void (seen = { ...nothing }),
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
