import { setTimeout as sleep } from 'node:timers/promises';
import { listWatermarks } from '../../src/adapters/watermarks/index.js';
import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import type { StatusReport } from '../../src/client/overview.js';
import type { Watermark } from '../../src/domain/changes.js';
import { DAY_MS, dayOf, dayStart } from '../../src/domain/period.js';
import type { ReconcileProgress } from '../../src/domain/reconcile.js';
import { changesWorkflowId } from '../../src/names.js';
import { progressQuery } from '../../src/workflows/messages.js';
import { callApi, describeTable, type ContractTarget } from '../contract/source-target.js';
import { runCli } from '../support/cli.js';
import { startMeddler } from '../support/nocodb/meddler.js';
import { realisticDataset } from '../support/realistic.js';
import { Rig } from './rig.js';

type Row = Record<string, unknown>;
export interface SeedTable {
  title: string;
  columns: { title: string; uidt: string }[];
  rows: Row[];
}

/** Seconds that a reading begins before the end of the last one; stamps are whole seconds. */
const OVERLAP = 2;
/** The issue's own bound: an incremental run that finds nothing new. */
const MOST_REQUESTS = 4;
const TIME = /^(20\d\d-\d\d-\d\d)([T ].*)?$/;

const today = dayOf(Date.now());
const daysAgo = (n: number) => dayOf(Date.now() - n * DAY_MS);

/** Collections of what has changed, on a server that holds the realistic data set, moved to the last days. */
export function defineChangesSuite(
  name: string,
  conversations: number,
  seed: (tables: SeedTable[]) => Promise<ContractTarget>,
): void {
  describe(`changes on ${name}`, () => {
    let target: ContractTarget;
    let proxy: Awaited<ReturnType<typeof startMeddler>>;
    let rig: Rig;
    let settings: Record<string, string>;
    let wholes = 0;
    const tables: Record<string, string> = {};

    beforeAll(async () => {
      target = await seed(recentTables(conversations));
      for (const title of ['conversations', 'messages'])
        tables[title] = (await describeTable(target, title)).id;
      proxy = await startMeddler(target.baseUrl, {});
      rig = await Rig.start({ url: proxy.url, token: target.apiToken, baseId: target.projectId });
      settings = rig.settings('changes', { CHANGES_OVERLAP_SECONDS: String(OVERLAP) });
      await rig.worker(settings);
      // The first reading's overlap would reach back to the seeding.
      await quiet();
    }, 600_000);

    afterAll(async () => {
      await rig.close();
      await proxy.close();
      await target.stop();
    }, 120_000);

    const api = async (table: string, method: string, body: Row[]): Promise<number[]> => {
      const answer = await callApi(target, `/api/v2/tables/${tables[table] ?? ''}/records`, { method, body });
      if (answer.status !== 200) throw new Error(`${method} ${table} answered ${answer.status}`);
      return (answer.body as { Id: number }[]).map(({ Id }) => Id);
    };
    const idsOf = async (table: string, query: Record<string, string>): Promise<Row[]> => {
      const answer = await callApi(target, `/api/v2/tables/${tables[table] ?? ''}/records`, { query });
      return (answer.body as { list: Row[] }).list;
    };
    const conversation = async (id: string): Promise<Row> => {
      const [row] = await idsOf('conversations', { where: `@(conversation_id,eq,"${id}")` });
      if (row === undefined) throw new Error(`no conversation ${id}`);
      return row;
    };
    const message = (id: string, at: string): Row => ({
      message_id: `new-${Math.random()}`,
      conversation_id: id,
      role: 'user',
      content: 'Where is my order? It has not come yet.',
      sent_at: at,
    });
    const collect = async (more: string[] = []) => rig.collect(['--no-mongodb', ...more], settings);
    const watermark = async (): Promise<Watermark | undefined> =>
      (await listWatermarks(createFileObjectStore(rig.lakeDir('changes')))).find(
        ({ appId }) => appId === null,
      );
    const quiet = () => sleep((OVERLAP + 1.5) * 1_000);
    /** The lake by changes holds the rows that one reading of everything writes. */
    const expectAsReadWhole = async (): Promise<void> => {
      await rig.stopAll('SIGTERM');
      const lake = `whole-${++wholes}`;
      const whole = rig.settings(lake);
      const worker = await rig.worker(whole);
      await rig.collect(['--start-date', daysAgo(12), '--end-date', today, '--no-mongodb'], whole);
      await rig.stop(worker);
      await rig.worker(settings);
      expect(await rig.lake('changes').rowHashes()).toEqual(await rig.lake(lake).rowHashes());
    };
    const samples = async (n: number): Promise<string[]> => {
      const rows = await rig.lake('changes').query<{ id: string }>(
        `SELECT conversation_id AS id FROM conversations WHERE regexp_matches(conversation_id, '^[A-Za-z0-9_-]+$')
           ORDER BY hash(conversation_id) LIMIT ${n}`,
      );
      return rows.map(({ id }) => id);
    };

    it('the first reads every day and sets the watermark to when its reading began', async () => {
      const began = Date.now();
      const summary = await collect();
      expect(summary).toMatchObject({ status: 'complete', startDate: daysAgo(6), endDate: today });
      const mark = await watermark();
      expect(mark).toMatchObject({ from: daysAgo(6), appId: null });
      expect(mark?.until).toBeGreaterThanOrEqual(began - 1_000);
      expect(mark?.until).toBeLessThan(Date.now());
    }, 300_000);

    it('finds nothing new in a handful of requests, and commits nothing', async () => {
      await quiet();
      // Rows of the first reading itself may have been written within its overlap.
      await collect();
      await quiet();
      const before = await rig.lake('changes').committedDays();
      const requests = proxy.paths.length;
      const began = performance.now();
      const summary = await collect();
      const took = performance.now() - began;
      expect(proxy.paths.length - requests).toBeLessThanOrEqual(MOST_REQUESTS);
      expect(summary).toMatchObject({
        status: 'complete',
        mode: 'changes',
        days: { total: 0 },
        conversations: { received: 0 },
      });
      expect((await rig.lake('changes').committedDays()).map(({ commit_id }) => commit_id)).toEqual(
        before.map(({ commit_id }) => commit_id),
      );
      process.stderr.write(
        `${name}: nothing new took ${Math.round(took)} ms and ${proxy.paths.length - requests} requests\n`,
      );
    }, 300_000);

    it('reads late rows, edits, messages of old conversations and moved starts, and only their days', async () => {
      const [withMessage = '', edited = '', moved = '', twin = ''] = await samples(4);
      const rows = await Promise.all([edited, moved].map(conversation));
      const [editedRow = {}, movedRow = {}] = rows;
      // A row of an old day that comes late, one of today, and a newer row of a conversation that there is.
      const at = (day: string) => `${day} 12:00:00`;
      await api('conversations', 'POST', [
        { conversation_id: 'late', app_id: 'shop', user_id: 'u-late', started_at: at(daysAgo(5)) },
        { conversation_id: 'today', app_id: 'shop', user_id: 'u-new', started_at: `${today} 00:00:01` },
        { conversation_id: twin, app_id: 'shop', user_id: 'u-twin', started_at: at(daysAgo(2)) },
      ]);
      await api('messages', 'POST', [
        message('late', at(daysAgo(5))),
        message('today', `${today} 00:00:02`),
        message(withMessage, at(daysAgo(1))),
      ]);
      await api('conversations', 'PATCH', [{ Id: editedRow['Id'], status: 'closed' }]);
      await api('conversations', 'PATCH', [{ Id: movedRow['Id'], started_at: at(daysAgo(8)) }]);
      const [changedMessage] = await idsOf('messages', {
        where: `@(conversation_id,eq,"${edited}")`,
        limit: '1',
      });
      if (changedMessage !== undefined)
        await api('messages', 'PATCH', [{ Id: changedMessage['Id'], content: 'I want my money back!' }]);

      const before = await rig.lake('changes').committedDays();
      const summary = await collect();
      expect(summary).toMatchObject({ status: 'complete', mode: 'changes' });
      expect(summary.conversations.received).toBeGreaterThanOrEqual(7);
      expect(summary.conversations.received).toBeLessThan(20);
      const after = await rig.lake('changes').committedDays();
      const same = after.filter(({ day, commit_id }) =>
        before.some((other) => other.day === day && other.commit_id === commit_id),
      );
      expect(after.length - same.length).toBeLessThanOrEqual(summary.days.total + 2);

      await expectAsReadWhole();
      const [{ n } = { n: 0 }] = await rig.lake('changes').query<{ n: number }>(
        `SELECT count(*)::int AS n FROM messages m JOIN conversations c USING (conversation_key)
           WHERE c.conversation_id = '${withMessage}' AND m.message_id LIKE 'new-%'`,
      );
      expect(n).toBe(1);
      const [day] = await rig.lake('changes').query<{ day: string }>(
        `SELECT strftime(started_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day FROM conversations
           WHERE conversation_id = '${moved}'`,
      );
      expect(day).toEqual({ day: daysAgo(8) });
    }, 300_000);

    it('the watermark moves only when everything is committed: a run that is killed is done again', async () => {
      await quiet();
      await collect();
      const ids = await samples(30);
      await api(
        'messages',
        'POST',
        ids.map((id) => message(id, `${daysAgo(1)} 13:00:00`)),
      );
      const before = await watermark();
      const other = rig.settings('changes', { CHANGES_OVERLAP_SECONDS: String(OVERLAP) });
      const running = rig.collect(['--no-mongodb', '--batch-size', '1'], other);
      const handle = rig.temporal.client.workflow.getHandle(changesWorkflowId(null));
      for (;;) {
        const progress = await handle.query(progressQuery).catch(() => null);
        if (progress !== null && progress.status === 'running' && progress.batches.done > 3) break;
        await sleep(50);
      }
      await rig.stopAll('SIGKILL');
      expect(await watermark()).toEqual(before);
      await rig.worker(settings);
      const summary = await running;
      expect(summary).toMatchObject({ status: 'complete', mode: 'changes' });
      expect((await watermark())?.until).toBeGreaterThan(before?.until ?? 0);
    }, 300_000);

    it('runs of an app and of all apps at once end in the same rows, and no watermark moves back', async () => {
      const ids = await samples(10);
      await api(
        'messages',
        'POST',
        ids.map((id) => message(id, `${daysAgo(1)} 14:00:00`)),
      );
      const [{ app } = { app: '' }] = await rig
        .lake('changes')
        .query<{ app: string }>(
          `SELECT app_id AS app FROM conversations WHERE conversation_id = '${ids[0] ?? ''}'`,
        );
      const [all, own] = await Promise.all([collect(), collect(['--app-id', app])]);
      expect([all.status, own.status]).toEqual(['complete', 'complete']);
      await expectAsReadWhole();
      const { stdout } = await runCli(['status', '--json'], settings);
      const { coverage } = JSON.parse(stdout) as StatusReport;
      const everything = coverage.apps.find(({ appId }) => appId === null);
      expect(everything?.watermarks).toHaveLength(1);
      expect(coverage.apps.some(({ appId }) => appId === app)).toBe(true);
      // Days of the watermark count as known, also those in which nothing has changed.
      expect(everything?.days.find(({ day }) => day === daysAgo(1))).toMatchObject({ state: 'complete' });
    }, 300_000);

    const reconcile = async (
      ...more: string[]
    ): Promise<{ code: number | null; result: ReconcileProgress }> => {
      const range = ['--start-date', daysAgo(12), '--end-date', today];
      const { code, stdout, stderr } = await runCli(
        ['reconcile', ...range, '--no-mongodb', '--json', ...more],
        settings,
      );
      if (stdout === '') throw new Error(`reconcile ended with ${String(code)}:\n${stderr}`);
      return { code, result: JSON.parse(stdout) as ReconcileProgress };
    };
    const deleteConversation = async (id: string, withMessages: boolean): Promise<void> => {
      if (withMessages) {
        const rows = await idsOf('messages', { where: `@(conversation_id,eq,"${id}")`, limit: '1000' });
        await api(
          'messages',
          'DELETE',
          rows.map(({ Id }) => ({ Id })),
        );
      }
      const rows = await idsOf('conversations', { where: `@(conversation_id,eq,"${id}")` });
      await api(
        'conversations',
        'DELETE',
        rows.map(({ Id }) => ({ Id })),
      );
    };

    it('reconcile finds and removes what was deleted, and reads again what lost messages', async () => {
      const [gone = '', orphaned = '', shorter = '', other = ''] = await samples(4);
      // Moves the watermark past what the tests before have written: within its overlap rows are read anew.
      await quiet();
      await api('messages', 'POST', [message(other, `${daysAgo(1)} 15:00:00`)]);
      await collect();
      expect(await reconcile()).toMatchObject({
        code: 0,
        result: { differences: { deleted: 0, changed: 0 } },
      });
      await deleteConversation(gone, true);
      await deleteConversation(orphaned, false);
      const [message_] = await idsOf('messages', { where: `@(conversation_id,eq,"${shorter}")`, limit: '1' });
      await api('messages', 'DELETE', [{ Id: message_?.['Id'] }]);
      // A deletion leaves no stamp.
      await collect();
      const hashes = await rig.lake('changes').rowHashes();

      const dry = await reconcile('--dry-run');
      expect(dry).toMatchObject({
        code: 3,
        result: { differences: { deleted: 2, changed: 1, deletedMessages: 1, missing: 0, moved: 0 } },
      });
      expect(dry.result.unmatched?.orphanMessages).toBeGreaterThan(0);
      expect(await rig.lake('changes').rowHashes()).toEqual(hashes);

      const removed = await reconcile('--remove');
      expect(removed).toMatchObject({
        code: 0,
        result: { status: 'complete', healed: { read: 1, gone: 2 } },
      });
      await expectAsReadWhole();
      expect(await reconcile()).toMatchObject({
        code: 0,
        result: { differences: { deleted: 0, changed: 0 } },
      });
    }, 300_000);

    it('reconcile marks what was deleted, unless told otherwise', async () => {
      const [gone = ''] = await samples(1);
      await deleteConversation(gone, true);
      expect(await reconcile()).toMatchObject({ code: 0, result: { healed: { read: 0, gone: 1 } } });
      const rows = await rig
        .lake('changes')
        .query<{ id: string }>(
          'SELECT conversation_id AS id FROM conversations WHERE deleted_at IS NOT NULL',
        );
      expect(rows.map(({ id }) => id)).toEqual([gone]);
      // It is known to be gone: nothing differs any more.
      expect(await reconcile()).toMatchObject({ code: 0, result: { healed: { read: 0, gone: 0 } } });
    }, 300_000);
  });
}

/** The realistic data set, its last day yesterday. */
function recentTables(conversations: number): SeedTable[] {
  const { tables, endDate } = realisticDataset({ conversations });
  const shift = dayStart(daysAgo(2)) - dayStart(endDate);
  return tables.map(({ title, columns, rows }) => ({
    title,
    columns,
    rows: rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shifted(key, value, shift)])),
    ),
  }));
}

function shifted(key: string, value: unknown, shift: number): unknown {
  const match = key.endsWith('_at') && typeof value === 'string' ? TIME.exec(value) : null;
  if (match?.[1] === undefined) return value;
  return dayOf(dayStart(match[1]) + shift) + (match[2] ?? '');
}
