import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Product } from '../product.js';
import { seedRange, type SeedConversation } from './conversations.js';
import { startPostgres, type Postgres } from './postgres.js';

/** A real NocoDB over PostgreSQL with two filled tables. */
export interface Base {
  url: string;
  token: string;
  baseId: string;
  tables: { conversations: string; messages: string };
  startDate: string;
  endDate: string;
  rows: { conversations: number; messages: number };
  postgres: Postgres;
  stop(): Promise<void>;
}

/** What the base is to hold; `key` names its folder in the cache, so that it is seeded once. */
export interface Seed {
  key: string;
  conversations: () => Iterable<SeedConversation>;
}

interface Seeded {
  baseId: string;
  tables: Base['tables'];
  rows: Base['rows'];
}

/** Changes with what is written, so that a base of an earlier form is not taken for one of this. */
const FORM = 1;
const COLUMNS = {
  conversations: {
    conversation_id: 'SingleLineText',
    app_id: 'SingleLineText',
    user_id: 'SingleLineText',
    started_at: 'DateTime',
    status: 'SingleLineText',
  },
  messages: {
    message_id: 'SingleLineText',
    conversation_id: 'SingleLineText',
    role: 'SingleLineText',
    content: 'LongText',
    sent_at: 'DateTime',
  },
};
type TableName = keyof typeof COLUMNS;

/** Starts the base of a seed; makes it first where the cache does not hold it. */
export async function openBase(product: Product, seed: Seed, log: (line: string) => void): Promise<Base> {
  const { realNocodb, paths, lockFile } = product.devstack;
  const cacheDir = paths.cacheDirectory();
  await realNocodb.ensureRealNocoDb(cacheDir, log);
  const dir = join(cacheDir, 'bench', `${seed.key}-${FORM}`);
  await mkdir(dir, { recursive: true });
  const lock = await lockFile.tryLock(join(dir, 'lock'));
  if (!('release' in lock)) throw new Error(`${dir} is in use by process ${lock.heldBy?.pid ?? '?'}`);
  const stops: (() => Promise<void>)[] = [() => lock.release()];
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse().splice(0)) await each().catch((error: unknown) => log(String(error)));
  };
  try {
    const known = await readSeeded(dir);
    // What lies there without the last file is an interrupted seeding.
    if (known === null) await rm(join(dir, 'data'), { recursive: true, force: true });
    const postgres = await startPostgres(product, { dir, cacheDir, log });
    stops.push(() => postgres.stop());
    const server = await realNocodb.startRealNocoDb({
      cacheDir,
      dataDir: join(dir, 'nocodb'),
      database: postgres.nocodbUrl,
    });
    stops.push(() => server.stop());
    const seeded = known ?? (await fill(dir, seed, { postgres, ...server }, log));
    return { url: server.url, token: server.token, ...seeded, ...seedRange(), postgres, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readSeeded(dir: string): Promise<Seeded | null> {
  const text = await readFile(join(dir, 'seeded.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Seeded);
}

async function fill(
  dir: string,
  seed: Seed,
  server: { postgres: Postgres; url: string; jwt: string },
  log: (line: string) => void,
): Promise<Seeded> {
  log(`Seeding a base of its own in ${dir} …`);
  const base = (await asAdmin(server, '/api/v2/meta/bases/', { title: 'bench' })) as { id: string };
  const tables = {
    conversations: await createTable(server, base.id, 'conversations'),
    messages: await createTable(server, base.id, 'messages'),
  };
  const rows = await writeFiles(dir, seed.conversations());
  for (const table of ['conversations', 'messages'] as const) {
    const name = `"${base.id}".${table}`;
    const columns = ['id', 'nc_order', 'created_at', 'updated_at', ...Object.keys(COLUMNS[table])];
    await server.postgres.query(
      `COPY ${name} (${columns.join(', ')}) FROM '${csvFile(dir, table).replaceAll("'", "''")}' (FORMAT csv)`,
    );
    await server.postgres.query(
      `SELECT setval(pg_get_serial_sequence('${name}', 'id'), ${Math.max(rows[table], 1)})`,
    );
    // So that the planner knows the tables from the first run on, and not after autovacuum's next visit.
    await server.postgres.query(`VACUUM ANALYZE ${name}`);
    await rm(csvFile(dir, table));
  }
  const seeded = { baseId: base.id, tables, rows };
  await writeFile(join(dir, 'seeded.json'), JSON.stringify(seeded));
  log(`Seeded ${rows.conversations} conversations and ${rows.messages} messages`);
  return seeded;
}

async function createTable(
  server: { url: string; jwt: string },
  baseId: string,
  table: TableName,
): Promise<string> {
  const columns = Object.entries(COLUMNS[table]).map(([name, uidt]) => ({
    title: name,
    column_name: name,
    uidt,
  }));
  const created = (await asAdmin(server, `/api/v2/meta/bases/${baseId}/tables`, {
    title: table,
    table_name: table,
    columns: [{ title: 'Id', column_name: 'id', uidt: 'ID' }, ...columns],
  })) as { id: string };
  return created.id;
}

async function asAdmin(server: { url: string; jwt: string }, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'xc-auth': server.jwt },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as unknown;
}

function csvFile(dir: string, table: TableName): string {
  return join(dir, `${table}.csv`);
}

/** Rows get their ids in the order in which they came to be; messages of one day are mixed as they were sent. */
async function writeFiles(dir: string, conversations: Iterable<SeedConversation>): Promise<Base['rows']> {
  const heads = createWriteStream(csvFile(dir, 'conversations'));
  const bodies = createWriteStream(csvFile(dir, 'messages'));
  const rows = { conversations: 0, messages: 0 };
  let day: SeedConversation[] = [];
  const flush = async (): Promise<void> => {
    let text = '';
    for (const { id, app, user, startedAt, status, messages } of day) {
      const n = ++rows.conversations;
      const last = messages.at(-1)?.sentAt ?? startedAt;
      // NULL until the first edit, which here is the change of status at the end.
      const updated = status === 'open' ? '' : time(last + 1000);
      text += `${n},${n},${time(startedAt)},${updated},${[id, app, user].map(csv).join(',')},${time(startedAt)},${csv(status)}\n`;
    }
    if (!heads.write(text)) await once(heads, 'drain');
    text = '';
    const sent = day.flatMap(({ messages }) => messages).sort((a, b) => a.sentAt - b.sentAt);
    for (const { conversationId, role, text: content, sentAt } of sent) {
      const n = ++rows.messages;
      const cells = [`m-${String(n).padStart(8, '0')}`, conversationId, role, content].map(csv).join(',');
      text += `${n},${n},${time(sentAt)},,${cells},${time(sentAt)}\n`;
    }
    if (!bodies.write(text)) await once(bodies, 'drain');
    day = [];
  };
  for (const conversation of conversations) {
    const [first] = day;
    if (
      first !== undefined &&
      time(first.startedAt).slice(0, 10) !== time(conversation.startedAt).slice(0, 10)
    ) {
      await flush();
    }
    day.push(conversation);
  }
  await flush();
  await Promise.all([heads, bodies].map((stream) => (stream.end(), once(stream, 'finish'))));
  return rows;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function csv(text: string): string {
  return `"${text.replaceAll('"', '""').replaceAll('\0', '')}"`;
}

/** A key for what the seed is made of. */
export function seedKey(name: string, parts: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10);
  return `${name}-${hash}`;
}
