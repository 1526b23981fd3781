import { outputOf, runCli, spawnCli } from '../support/cli.js';
import { startSampleServer, type SampleTable } from '../../src/devstack/sample/index.js';
import type { CollectReport } from '../../src/client/report.js';
import type { CollectProgress } from '../../src/domain/collection.js';
import { collectWorkflowId } from '../../src/names.js';
import { progressQuery } from '../../src/workflows/messages.js';
import { startMeddler } from '../support/nocodb/meddler.js';
import { realisticDataset } from '../support/realistic.js';
import { Rig } from './rig.js';

const CONVERSATIONS = 200;
const TOKEN = { status: 401, body: { error: 'ERR_AUTHENTICATION_REQUIRED', message: 'Invalid token' } };
const BAD_REQUEST = { status: 400, body: { error: 'ERR_TEST', message: 'not today' } };

/**
 * What a source does that refuses its token in mid-run, or some of its requests: the rows at the end are those of a run
 * without failures. Real workers, real activities; the commands are those that people type.
 */
describe('failed batches on the sample source', () => {
  const { tables, startDate, endDate } = realisticDataset({ conversations: CONVERSATIONS });
  const range = ['--start-date', startDate, '--end-date', endDate, '--batch-size', '10', '--no-mongodb'];
  const id = collectWorkflowId({ startDate, endDate });
  /** Answers instead of the source, by path; undefined: the source itself. */
  let refuse: (path: string) => { status: number; body: unknown } | undefined = () => undefined;
  let rig: Rig;
  let messagesTable: string;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const server = await startSampleServer({ tables: tables as SampleTable[], token: 'e2e-token' });
    closers.push(() => server.close());
    const meddler = await startMeddler(server.url, { refuse: (path) => refuse(path) });
    closers.push(() => meddler.close());
    rig = await Rig.start({ url: meddler.url, token: server.token, baseId: server.baseId });
    closers.push(() => rig.close());
    const response = await fetch(`${server.url}/api/v2/meta/bases/${server.baseId}/tables`, {
      headers: { 'xc-token': server.token },
    });
    const { list } = (await response.json()) as { list: { id: string; title: string }[] };
    messagesTable = list.find(({ title }) => title === 'messages')!.id;
    const settings = rig.settings('whole');
    const worker = await rig.worker(settings);
    expect((await rig.collect(range, settings)).status).toBe('complete');
    await rig.stop(worker);
  }, 300_000);

  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  }, 120_000);

  afterEach(() => {
    refuse = () => undefined;
  });

  const hashes = (lake: string) => rig.lake(lake).rowHashes({ start: startDate, end: endDate });

  it('a token refused in mid-run: paused and said, then resumed, the same rows', async () => {
    const settings = rig.settings('token');
    const worker = await rig.worker(settings);
    // Counted and not timed: every batch reads messages, so most of them are still to come, however fast the machine.
    let reads = 0;
    refuse = (path) => {
      if (path.includes(messagesTable) && path.includes('/records')) reads++;
      return reads > 6 ? TOKEN : undefined;
    };
    const running = spawnCli(['collect', ...range, '--json'], settings);
    const ended = outputOf(running);
    await until(({ status, batches }) => status === 'paused' && batches.running === 0);

    const paused = JSON.parse((await cli(['status', id, '--json'], settings)).stdout) as CollectReport;
    expect(paused.status).toBe('paused');
    expect(paused.summary?.pauseReason).toMatch(/^SourceAuth: NocoDB answered .* with 401/);
    // It went no further than what was under way.
    expect(paused.summary!.batches.failed).toBeLessThanOrEqual(paused.summary!.concurrency);
    expect((await cli(['status'], settings)).stdout).toMatch(/paused/);
    const refused = await cli(['set-concurrency', id, '501'], settings, 2);
    expect(refused.stderr).toContain('1 to 500');

    refuse = () => undefined;
    const resumed = await cli(['resume', id], settings);
    expect(resumed.stdout).toContain(`Goes on: ${id}`);
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr.match(/Paused: SourceAuth: /g)).toHaveLength(1);
    expect(stderr).toContain(`conversation-analytics resume '${id}'`);
    expect(stderr).toContain(`conversation-analytics cancel '${id}'`);
    expect((JSON.parse(stdout) as CollectReport).summary).toMatchObject({
      status: 'complete',
      batches: { failed: 0 },
      days: { incomplete: 0 },
      mismatches: [],
    });
    expect(await hashes('token')).toEqual(await hashes('whole'));
    // A run that has ended can be told nothing more.
    const tooLate = await cli(['resume', id], settings, 2);
    expect(tooLate.stderr).toContain('has ended');
    expect((await cli(['retry', id], settings, 2)).stderr).toContain('nothing to run again');
    await rig.stop(worker);
  }, 300_000);

  it('refused requests: partial, listed, run again one and then all, the same rows and a complete run', async () => {
    const settings = rig.settings('partial');
    const worker = await rig.worker(settings);
    let left = 0;
    const failEvery = 5;
    refuse = (path) =>
      path.includes(messagesTable) &&
      path.includes('/records') &&
      ++left % failEvery === 0 &&
      left <= 3 * failEvery
        ? BAD_REQUEST
        : undefined;
    const collected = await cli(['collect', ...range], { ...settings, MAX_WORKERS: '2' }, 3);
    refuse = () => undefined;
    expect(collected.stdout).toContain(`conversation-analytics failures '${id}'`);
    expect(collected.stdout).toContain(`conversation-analytics retry '${id}'`);

    const listed = JSON.parse((await cli(['failures', id, '--json'], settings)).stdout) as {
      batches: { name: string; stage: string; attempts: number; type: string; remedy: string }[];
    };
    const names = listed.batches.map(({ name }) => name);
    expect(names).toHaveLength(3);
    expect(listed.batches[0]).toMatchObject({ stage: 'fetch', attempts: 1, type: 'SourceRequest' });
    const table = (await cli(['failures'], settings)).stdout;
    for (const name of names) expect(table).toContain(name);
    expect(table).toContain('not today');
    expect((await hashes('partial')).conversations).not.toEqual((await hashes('whole')).conversations);

    const [first = '', ...others] = names;
    expect((await cli(['retry', id, '--batch', '2026-01-01/99'], settings, 2)).stderr).toContain(first);
    const one = await cli(['retry', id, '--batch', first, '--watch', '--json'], settings, 3);
    expect((JSON.parse(one.stdout) as CollectReport).summary?.batches.failed).toBe(others.length);
    const rest = await cli(['retry', '--watch', '--json'], settings);
    const report = JSON.parse(rest.stdout) as CollectReport;
    expect(report.summary).toMatchObject({
      status: 'complete',
      batches: { failed: 0 },
      days: { incomplete: 0 },
      mismatches: [],
    });
    // The sums are those of the whole run, not of the retry.
    expect(report.summary?.conversations.stored).toBe((await countOf('whole', 'conversations')) as number);
    expect(await hashes('partial')).toEqual(await hashes('whole'));
    expect((await cli(['failures', id], settings)).stdout).toContain('No batch');
    const status = JSON.parse((await cli(['status', id, '--json'], settings)).stdout) as CollectReport;
    expect(status.status).toBe('complete');
    await rig.stop(worker);
  }, 300_000);

  /** Waits for the run that goes on now: earlier ones of the same id have ended. */
  async function until(condition: (progress: CollectProgress) => boolean): Promise<void> {
    const handle = rig.temporal.client.workflow.getHandle(id);
    for (let i = 0; i < 600; i++) {
      const { status } = await handle.describe();
      const progress = status.name === 'RUNNING' ? await handle.query(progressQuery).catch(() => null) : null;
      if (progress !== null && condition(progress)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the condition did not come true');
  }

  async function countOf(lake: string, table: string): Promise<number | undefined> {
    const [row] = await rig.lake(lake).query<{ n: number }>(`select count(*)::int as n from ${table}`);
    return row?.n;
  }
});

async function cli(args: string[], settings: Record<string, string>, expected = 0) {
  const result = await runCli(args, settings);
  if (result.code !== expected) {
    throw new Error(
      `${args.join(' ')} ended with ${String(result.code)}:\n${result.stderr}\n${result.stdout}`,
    );
  }
  return result;
}
