import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DuckDb } from '../../../src/adapters/lake/duckdb.js';
import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import { createReportBook, REPORT_FILES, reportFileKey } from '../../../src/adapters/report-book/index.js';
import { renderPage } from '../../../src/adapters/report-page/index.js';
import type { ReportDocument } from '../../../src/domain/report/document.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import type { ReportBook, StoredRevision } from '../../../src/ports/report-book.js';
import { reportDocument } from '../../support/report-document.js';

const signal = new AbortController().signal;
const CSV = Buffer.from('conversation_id\r\nC-1\r\n');
const ID = { kind: 'daily', period: '2024-01-31', appId: null } as const;
const R1 = 'daily/2024-01-31/_all/r1';
let dir: string;
let store: ObjectStore;
let projected: StoredRevision[];
let book: ReportBook;
let clock: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'report-book-'));
  store = createFileObjectStore(dir);
  projected = [];
  clock = 1_000;
  book = bookOf(store);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function bookOf(of: ObjectStore): ReportBook {
  return createReportBook({
    store: of,
    projection: {
      writeReport: (revision) => {
        projected.push(revision);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    },
    renderPage: (revision) => renderPage(revision, { conversationUrl: null }),
    now: () => clock++,
  });
}

/** As after a later commit that changed the volume. */
function later(document: ReportDocument, value: number, commit = 'later'): ReportDocument {
  return {
    ...document,
    head: { ...document.head, commits: { ...document.head.commits, period: { '2024-01-31': commit } } },
    rows: document.rows.map((row) =>
      row.metric === 'engaged_conversations' && row.dimension === null ? { ...row, value } : row,
    ),
  };
}

async function bytes(key: string) {
  const files = await Promise.all(REPORT_FILES.map((file) => store.get(reportFileKey(key, file))));
  return files.map((file) => Buffer.from(file!.body).toString('hex'));
}

describe('stored reports', () => {
  it('are a document, Parquet, a page and two tables; the same input gives the same bytes, at any time', async () => {
    const { entry, stored } = await book.publish(reportDocument('daily'), CSV, signal);
    expect({ stored, entry }).toMatchObject({
      stored: true,
      entry: { reportKey: R1, status: 'final', builtAt: 1_000 },
    });
    const first = await bytes(R1);
    expect(first.every((file) => file.length > 20)).toBe(true);

    rmSync(dir, { recursive: true, force: true });
    clock = 9_999_999;
    await book.publish(reportDocument('daily'), CSV, signal);
    expect(await bytes(R1)).toEqual(first);
    expect(await book.page(R1, signal)).toEqual((await store.get(reportFileKey(R1, 'report.html')))!.body);
  });

  it('are not stored again where nothing differs; MongoDB is written all the same', async () => {
    await book.publish(reportDocument('daily'), CSV, signal);
    const again = await book.publish(reportDocument('daily'), CSV, signal);
    expect(again).toMatchObject({ stored: false, entry: { revision: 1, builtAt: 1_000 } });
    expect(projected.map(({ reportKey }) => reportKey)).toEqual([R1, R1]);
  });

  it('remember a later commit of the same figures, so that nobody looks at it again', async () => {
    await book.publish(reportDocument('daily'), CSV, signal);
    await book.publish(later(reportDocument('daily'), 43), CSV, signal);
    const { revisions } = (await book.record(ID, signal))!;
    expect(revisions).toMatchObject([{ revision: 1, commits: { '2024-01-31': 'later' } }]);
  });

  it('keep earlier revisions as they were', async () => {
    await book.publish(reportDocument('daily'), CSV, signal);
    const before = await bytes(R1);
    const { entry } = await book.publish(later(reportDocument('daily'), 60), CSV, signal);
    expect(entry).toMatchObject({ reportKey: 'daily/2024-01-31/_all/r2', status: 'restated', changes: 1 });
    expect(await bytes(R1)).toEqual(before);
    expect((await book.revision(entry.reportKey, signal)).changes).toMatchObject([{ from: 43, to: 60 }]);
    expect((await book.record(ID, signal))!.revisions.map(({ status }) => status)).toEqual([
      'final',
      'restated',
    ]);
  });

  it('of two builders at a time one decides again: no revision is lost or made twice', async () => {
    const results = await Promise.all(
      [50, 60, 70].map((value) =>
        bookOf(store).publish(later(reportDocument('daily'), value, `c${value}`), CSV, signal),
      ),
    );
    const { revisions } = (await book.record(ID, signal))!;
    expect(revisions.map(({ revision }) => revision)).toEqual([1, 2, 3]);
    expect(new Set(results.map(({ entry }) => entry.revision))).toEqual(new Set([1, 2, 3]));
    const values = await Promise.all(
      revisions.map(async ({ reportKey }) => (await book.revision(reportKey, signal)).document),
    );
    const volumes = values.map(
      ({ rows }) => rows.find(({ metric }) => metric === 'engaged_conversations')!.value,
    );
    expect([...volumes].sort()).toEqual([50, 60, 70]);
  });

  it('come to their end where the process was killed before the ledger was written', async () => {
    const dying: ObjectStore = {
      ...store,
      location: store.location,
      get: (key, s) => store.get(key, s),
      put: (key, body, options) =>
        key.startsWith('_state/') ? Promise.reject(new Error('killed')) : store.put(key, body, options),
    };
    await expect(bookOf(dying).publish(later(reportDocument('daily'), 1), CSV, signal)).rejects.toThrow(
      'killed',
    );
    expect(await book.record(ID, signal)).toBeNull();
    await book.publish(reportDocument('daily'), CSV, signal);
    expect((await book.revision(R1, signal)).document).toEqual(reportDocument('daily'));
  });

  it('Parquet: one row a metric and dimension, as other tools read it', async () => {
    await book.publish(reportDocument('daily'), CSV, signal);
    const db = await DuckDb.open(mkdtempSync(join(dir, 'duckdb-')));
    const rows = await db.rows(
      `SELECT report_key, app_id, status, n, period_start, note, value FROM '${join(dir, reportFileKey(R1, 'report.parquet'))}'
       WHERE metric = 'engaged_conversations' AND dimension IS NULL`,
    );
    const [{ count }] = (await db.rows(
      `SELECT count(*) AS count FROM '${join(dir, reportFileKey(R1, 'report.parquet'))}'`,
    )) as [{ count: number }];
    db.close();
    expect(rows).toMatchObject([
      {
        report_key: R1,
        app_id: null,
        status: 'final',
        n: 200,
        period_start: new Date('2024-01-30T23:00:00Z'),
        value: 43,
      },
    ]);
    expect(count).toBe(reportDocument('daily').rows.length);
  });

  it('are listed with what became of them; the first approval stands', async () => {
    await book.publish(reportDocument('daily'), CSV, signal);
    await book.publish(reportDocument('weekly'), CSV, signal);
    const { approvedAt } = await book.approve(R1, signal);
    expect(await book.approve(R1, signal)).toMatchObject({ approvedAt });
    const known: string[] = [];
    for await (const record of book.records(signal))
      known.push(...record.revisions.map(({ reportKey }) => reportKey));
    expect(known.sort()).toEqual([R1, 'weekly/2024-W05/_all/r1']);
    await expect(book.approve('daily/2024-01-31/_all/r9', signal)).rejects.toThrow('there is no report');
  });
});
