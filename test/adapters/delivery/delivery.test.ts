import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { deliverOnce, planDelivery, type DeliverySettings } from '../../../src/activities/report-delivery.js';
import { createRecipients } from '../../../src/adapters/delivery/index.js';
import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import { createReportBook } from '../../../src/adapters/report-book/index.js';
import { parcelOf, renderPage } from '../../../src/adapters/report-page/index.js';
import type { ReportDocument } from '../../../src/domain/report/document.js';
import type { ReportBook } from '../../../src/ports/report-book.js';
import type { ReportParcel, ReportRecipient } from '../../../src/ports/report-delivery.js';
import { reportDocument } from '../../support/report-document.js';

const signal = new AbortController().signal;
const SECRET = 'a-secret-of-the-webhook';
const R1 = 'daily/2024-01-31/_all/r1';
const NOBODY = { webhooks: null, slackUrls: [], email: null };

interface Request {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}
let requests: Request[];
let answer: number;
let server: Server;
let base: string;
let dir: string;
let book: ReportBook;

beforeEach(async () => {
  requests = [];
  answer = 200;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      response
        .writeHead(answer, answer === 302 ? { location: '/elsewhere' } : { 'retry-after': '7' })
        .end('no');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dir = mkdtempSync(join(tmpdir(), 'delivery-'));
  book = createReportBook({
    store: createFileObjectStore(dir),
    projection: null,
    renderPage: (revision) => renderPage(revision, { conversationUrl: null }),
  });
  await book.publish(reportDocument('daily'), Buffer.from(''), signal);
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

async function parcel(reportKey: string): Promise<ReportParcel> {
  return parcelOf(await book.revision(reportKey, signal), await book.page(reportKey, signal), {
    reportUrl: null,
  });
}
const webhook = () =>
  createRecipients({ ...NOBODY, webhooks: { urls: [`${base}/hook?token=t0p`], secret: SECRET } })[0]!;
const slack = () => createRecipients({ ...NOBODY, slackUrls: [`${base}/slack`] })[0]!;

function restated(value: number, commit: string): ReportDocument {
  const document = reportDocument('daily');
  return {
    ...document,
    head: { ...document.head, commits: { ...document.head.commits, period: { '2024-01-31': commit } } },
    rows: document.rows.map((row) =>
      row.metric === 'engaged_conversations' && row.dimension === null ? { ...row, value } : row,
    ),
  };
}

describe('a webhook', () => {
  it('gets signed JSON and the same idempotency key in each attempt', async () => {
    await webhook().send(await parcel(R1), 'key-1', signal);
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = requests;
    expect(path).toBe('/hook?token=t0p');
    expect(headers['idempotency-key']).toBe('key-1');
    expect(headers['x-signature-256']).toBe(
      `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    );
    expect(JSON.parse(body)).toMatchObject({
      event: 'report',
      report: R1,
      status: 'final',
      waiting: { count: 23 },
    });
  });

  it.each([
    [500, 'DeliveryUnavailable'],
    [429, 'DeliveryUnavailable'],
    [404, 'DeliveryRefused'],
    [302, 'DeliveryRefused'],
  ])('answers %d: %s, without its secrets in the message', async (status, type) => {
    answer = status;
    const failure = await webhook()
      .send(await parcel(R1), 'key-1', signal)
      .then(
        () => null,
        (err: unknown) => err as Error,
      );
    expect(failure).toMatchObject({ type });
    expect(failure!.message).toContain(String(status));
    expect(failure!.message).not.toMatch(/t0p|a-secret/);
    expect(requests).toHaveLength(1);
  });

  it('that is gone is tried again', async () => {
    const gone = createRecipients({ ...NOBODY, slackUrls: ['http://127.0.0.1:9/x'] })[0]!;
    await expect(gone.send(await parcel(R1), 'k', signal)).rejects.toMatchObject({
      type: 'DeliveryUnavailable',
    });
  });
});

describe('Slack', () => {
  it('gets a text and blocks', async () => {
    await slack().send(await parcel(R1), 'k', signal);
    expect(JSON.parse(requests[0]!.body)).toMatchObject({
      text: expect.stringContaining('Daily report: Wednesday, 31 January 2024'),
      blocks: [{ type: 'header' }, { type: 'section' }],
    });
  });
});

describe('mail', () => {
  let smtp: SMTPServer;
  let mails: string[];
  let refuse: boolean;
  let url: string;

  beforeEach(async () => {
    mails = [];
    refuse = false;
    smtp = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) =>
        username === 'user' && password === 'right' ? done(null, { user: 'user' }) : done(new Error('no')),
      onData: (stream, _session, done) => {
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
        stream.on('end', () => {
          mails.push(text);
          done(refuse ? Object.assign(new Error('busy'), { responseCode: 451 }) : null);
        });
      },
    });
    smtp.on('error', () => undefined);
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
    url = `127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise<void>((resolve) => smtp.close(() => resolve())));

  const recipient = (password = 'right') =>
    createRecipients({
      ...NOBODY,
      email: {
        to: ['lead@example.com'],
        from: 'Reports <reports@example.com>',
        smtpUrl: `smtp://user:${password}@${url}`,
      },
    })[0]!;

  it('has text, HTML and the page, and the same Message-ID in each attempt', async () => {
    await recipient().send(await parcel(R1), 'key-7', signal);
    await recipient().send(await parcel(R1), 'key-7', signal);
    const [mail = ''] = mails;
    expect(mails).toHaveLength(2);
    for (const each of mails) expect(each).toContain('Message-ID: <key-7@conversation-analytics>');
    expect(mail).toContain('To: lead@example.com');
    expect(mail).toContain('Content-Type: text/plain');
    expect(mail).toContain('Content-Type: text/html');
    expect(mail).toContain('filename=daily-2024-01-31-_all-r1.html');
  });

  it('is tried again where the server is busy or gone, and not where it refuses the password', async () => {
    refuse = true;
    await expect(recipient().send(await parcel(R1), 'k', signal)).rejects.toMatchObject({
      type: 'DeliveryUnavailable',
    });
    const failure = recipient('wr0ng').send(await parcel(R1), 'k', signal);
    await expect(failure).rejects.toMatchObject({
      type: 'DeliveryRefused',
      message: expect.not.stringContaining('wr0ng'),
    });
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
    await expect(recipient().send(await parcel(R1), 'k', signal)).rejects.toMatchObject({
      type: 'DeliveryUnavailable',
    });
  });
});

describe('once per revision and recipient', () => {
  const settings = (
    recipients: ReportRecipient[],
    approval: DeliverySettings['approval'] = [],
  ): DeliverySettings => ({
    recipients,
    thresholds: { percent: 5, points: 2 },
    approval,
  });
  const deliver = async (recipient: ReportRecipient, key = R1) =>
    deliverOnce(book, recipient, await parcel(key), signal);

  it('sends once, whoever asks again', async () => {
    expect(await deliver(webhook())).toBe('sent');
    expect(await deliver(webhook())).toBe('sent before');
    expect(await planDelivery(book, settings([webhook(), slack()]), R1, signal)).toEqual({
      recipients: [slack().id],
      awaitsApproval: false,
    });
    expect(requests).toHaveLength(1);
  });

  it('killed right after sending: it is sent again under the same key, by which the receiver drops it', async () => {
    const killed: ReportBook = Object.create(book) as ReportBook;
    killed.recordDelivery = (key, recipient, state, s) =>
      state === 'sent' ? Promise.reject(new Error('killed')) : book.recordDelivery(key, recipient, state, s);
    await expect(deliverOnce(killed, webhook(), await parcel(R1), signal)).rejects.toThrow('killed');
    expect(await deliver(webhook())).toBe('sent');
    expect(await deliver(webhook())).toBe('sent before');
    expect(requests).toHaveLength(2);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('a failed one stays due', async () => {
    answer = 503;
    await expect(deliver(webhook())).rejects.toThrow('503');
    expect((await planDelivery(book, settings([webhook()]), R1, signal)).recipients).toEqual([webhook().id]);
  });

  it('a new revision goes to those who had another figure: small steps add up', async () => {
    await deliver(webhook());
    const steps: string[][] = [];
    for (const [value, commit] of [
      [44, 'a'],
      [45, 'b'],
      [46, 'c'],
    ] as const) {
      const { entry } = await book.publish(restated(value, commit), Buffer.from(''), signal);
      steps.push((await planDelivery(book, settings([webhook()]), entry.reportKey, signal)).recipients);
    }
    // 43 → 44 and 45 is less than 5 %; 46 is 7 % more than what was sent.
    expect(steps).toEqual([[], [], [webhook().id]]);
    expect((await planDelivery(book, settings([webhook()]), R1, signal)).recipients).toEqual([]);
  });

  it('waits for an approval where one is asked for', async () => {
    const asked = settings([webhook()], ['daily']);
    expect(await planDelivery(book, asked, R1, signal)).toEqual({ recipients: [], awaitsApproval: true });
    await book.approve(R1, signal);
    expect(await planDelivery(book, asked, R1, signal)).toEqual({
      recipients: [webhook().id],
      awaitsApproval: false,
    });
    expect(await planDelivery(book, settings([webhook()], ['weekly']), R1, signal)).toMatchObject({
      awaitsApproval: false,
    });
  });

  it('ids of receivers hold no address', () => {
    expect(webhook().id).toMatch(/^webhook-[0-9a-f]{16}$/);
    expect(webhook().name).toBe(`${base}/…`);
  });
});
