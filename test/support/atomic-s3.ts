import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * S3 reads and conditional puts are atomic. The gateway that stands in for it in the tests (versitygw 1.8.0, directory
 * backend with its metadata beside it) keeps body and ETag in two files: a read during a write may pair one's body with
 * the other's ETag, and then increments are lost (seen: 27 and 28 of 30 kept). This proxy lets one request through at a
 * time, so that the gateway answers as S3 does.
 */
export async function atomicS3(endpoint: string): Promise<{ endpoint: string; close(): Promise<void> }> {
  const target = new URL(endpoint);
  let turn: Promise<void> = Promise.resolve();
  const server = createServer((incoming, outgoing) => {
    turn = turn.then(() => forward(target, incoming, outgoing));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Hands a request on as it is: its signature covers the host that the client sees. Never rejects. */
function forward(target: URL, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const { method, url: path, headers } = incoming;
    const sent = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.once('close', resolve);
    });
    sent.once('error', () => {
      outgoing.destroy();
      resolve();
    });
    incoming.pipe(sent);
  });
}
