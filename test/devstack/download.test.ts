import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadFile, reachable } from '../../src/devstack/download.js';
import { silent } from '../../src/devstack/log.js';
import { freePort } from '../../src/devstack/ports.js';

const BODY = Buffer.alloc(300_000, 'engine');
const SHA256 = createHash('sha256').update(BODY).digest('hex');

let dir: string;
let server: Server;
let base: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'download-'));
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/missing') response.writeHead(404).end();
    else if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end();
    else response.writeHead(200, { 'content-length': BODY.length }).end(BODY);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true, force: true });
});

const download = (path: string, sha256 = SHA256) =>
  downloadFile({ what: 'engine', url: `${base}${path}`, target: join(dir, 'target'), sha256, log: silent });

test.each(['/file', '/moved'])('downloads and checks %s', async (path) => {
  await download(path);
  expect((await readFile(join(dir, 'target'))).equals(BODY)).toBe(true);
});

test('refuses what does not have the pinned checksum', async () => {
  await expect(download('/file', 'a'.repeat(64))).rejects.toThrow(
    /has SHA-256 .* expected a+: not installed/,
  );
});

test('names the status of an error answer', async () => {
  await expect(download('/missing')).rejects.toThrow(/\/missing answered 404/);
});

test('a host that is not there is known at once, one that is silent within the time given', async () => {
  const start = Date.now();
  expect(await reachable(`http://127.0.0.1:${await freePort()}/`)).toBe(false);
  expect(await reachable(`${base}/silent`, 200)).toBe(false);
  expect(Date.now() - start).toBeLessThan(1_500);
  expect(await reachable(`${base}/missing`)).toBe(true);
});
