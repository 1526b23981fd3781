import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { LabelledThread } from '../../src/domain/thread.js';
import type { DayManifest } from '../../src/ports/lake.js';
import type { ObjectStore } from '../../src/ports/object-store.js';
import type { ReportsProduct } from './product.js';
import { threads, type ThreadsOptions } from './threads.js';

const DAY_MS = 86_400_000;
const signal = new AbortController().signal;

/** A lake written by the product itself: parts, merge, manifest of each day. */
export async function writeLake(
  product: ReportsProduct,
  store: ObjectStore,
  tempDir: string,
  options: ThreadsOptions,
): Promise<void> {
  const { lake: lakes, process: processing, random } = product;
  const lake = lakes.createLake({ store, tempDir });
  const byDay = new Map<string, LabelledThread[]>();
  for (const thread of threads(options, processing, new random.Random(7))) {
    const day = dayOf(thread.conversation.started_at);
    const rows = byDay.get(day);
    if (rows === undefined) byDay.set(day, [thread]);
    else rows.push(thread);
  }
  for (let i = 0; i < options.days; i++) {
    const end = options.from + (i + 1) * DAY_MS;
    const day = dayOf(end - 1);
    const rows = byDay.get(day) ?? [];
    if (rows.length > 0) {
      const parts = lakes.encodeParts(rows);
      await lake.putParts({ runId: 'bench', day, batch: 0 }, parts, [], signal);
    }
    const coverage = { sourceCount: rows.length, complete: true, coveredUntil: end };
    const plan = {
      runId: 'bench',
      day,
      appId: null,
      plannedBatches: Math.min(rows.length, 1),
      plannedAt: end,
    };
    await lake.commitDay({ ...plan, ...coverage }, signal);
  }
}

/**
 * A lake with every conversation of another so many times: copies have keys, users and milliseconds of their own. Made by
 * SQL, for the sake of time: files and manifests are as the product writes them.
 */
export async function multiplyLake(
  from: ObjectStore,
  to: ObjectStore,
  dir: string,
  times: number,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const db = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '512MB',
    temp_directory: dir,
  });
  const connection = await db.connect();
  await connection.run("SET TimeZone = 'UTC'");
  for await (const { key } of from.list('_days/')) {
    if (!key.endsWith('/manifest.json')) continue;
    const object = await from.get(key);
    const manifest = JSON.parse(Buffer.from(object?.body ?? []).toString('utf8')) as DayManifest;
    for (const [table, file] of Object.entries(manifest.files)) {
      const source = (await from.localPath(file.key)) ?? '';
      const path = join(dir, `${table}.parquet`);
      await connection.run(
        `COPY (SELECT ${copied(table)} FROM read_parquet('${source}') t, range(${times}) c(copy) ORDER BY ${ORDER[table] ?? '1'})
         TO '${path}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      await to.putFile(file.key, path);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      manifest.files[table] = {
        key: file.key,
        rows: file.rows * times,
        bytes: (await stat(path)).size,
        sha256,
      };
    }
    for (const coverage of Object.values(manifest.coverage)) coverage.source_count *= times;
    if (manifest.max_event_at !== null) manifest.max_event_at += STEP_MS * times;
    await to.put(key, Buffer.from(JSON.stringify(manifest)));
  }
  connection.closeSync();
  db.closeSync();
}

const STEP_MS = 37;
const ORDER: Record<string, string> = {
  conversations: 'app_id NULLS FIRST, started_at, conversation_key',
  messages: 'conversation_key, seq, message_key',
  categories: 'conversation_key, category_key',
};
const KEYS = [
  'conversation_key',
  'conversation_id',
  'source_row_id',
  'user_id',
  'message_key',
  'category_key',
];
const TIMES: Record<string, string[]> = {
  conversations: [
    'started_at',
    'first_user_message_at',
    'last_message_at',
    'ended_at',
    'closed_at',
    'handoff_at',
  ],
  messages: ['sent_at'],
};
const COLUMNS: Record<string, string[]> = {
  conversations: ['conversation_key', 'conversation_id', 'source_row_id', 'user_id'],
  messages: ['conversation_key', 'source_row_id', 'message_key'],
  categories: ['conversation_key', 'message_key', 'category_key'],
};

function copied(table: string): string {
  const keys = KEYS.filter((name) => COLUMNS[table]?.includes(name) === true).map(
    // Where it stands first, so that the copies of a conversation do not lie side by side.
    (name) => `replace(${name}, 'c', 'c' || copy || '-') AS ${name}`,
  );
  const users = keys.map((line) =>
    line.replace("replace(user_id, 'c', 'c' || copy || '-')", "user_id || '-' || copy"),
  );
  const times = (TIMES[table] ?? []).map((name) => `${name} + to_milliseconds(copy * ${STEP_MS}) AS ${name}`);
  return `t.* REPLACE (${[...users, ...times].join(', ')})`;
}

function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
