import { z } from 'zod';
import type { Watermark, WatermarkMove } from '../../domain/changes.js';
import { ALL_APPS, encodeKeyPart } from '../../names.js';
import { PreconditionFailed, type ObjectStore } from '../../ports/object-store.js';

/** Up to where rows are known: `_state/watermarks/<source>/<app>.json`, one object for an app and one for all apps. */
const PREFIX = '_state/watermarks/';

export function watermarkKey(source: string, appId: string | null): string {
  return `${PREFIX}${encodeKeyPart(source)}/${appId === null ? ALL_APPS : encodeKeyPart(appId)}.json`;
}

/** Of a first reading that has not come to its end. */
function pendingKey({ source, appId }: Pick<Watermark, 'source' | 'appId'>): string {
  return watermarkKey(source, appId).replace(/\.json$/, '.begun');
}

const tableMark = z.object({
  id: z.string(),
  title: z.string(),
  wanted: z.string(),
  pk: z.string(),
  createdAt: z.string(),
  updatedAt: z.string().nullable(),
  created: z.number(),
  updated: z.number(),
});

const watermark = z.object({
  source: z.string(),
  appId: z.string().nullable(),
  from: z.string(),
  until: z.number(),
  checkedAt: z.number(),
  mark: z
    .object({ since: z.number(), until: z.number(), settings: z.string(), tables: z.array(tableMark) })
    .nullable(),
  runId: z.string(),
}) satisfies z.ZodType<Watermark>;

/**
 * The watermark that serves a scope: an app's own or that of all apps, whichever reaches further; null: none.
 * @throws PipelineError Lake*
 */
export async function readWatermark(
  store: ObjectStore,
  source: string,
  appId: string | null,
  signal?: AbortSignal,
): Promise<Watermark | null> {
  const all = await read(store, watermarkKey(source, null), signal);
  const own = appId === null ? null : await read(store, watermarkKey(source, appId), signal);
  return own !== null && (all === null || own.watermark.until >= all.watermark.until)
    ? own.watermark
    : (all?.watermark ?? null);
}

/** All watermarks of a lake. @throws PipelineError Lake* */
export async function listWatermarks(store: ObjectStore, signal?: AbortSignal): Promise<Watermark[]> {
  const found: Watermark[] = [];
  for await (const { key } of store.list(PREFIX, signal)) {
    if (!key.endsWith('.json')) continue;
    const known = await read(store, key, signal);
    if (known !== null) found.push(known.watermark);
  }
  return found;
}

/**
 * Notes where a first reading of all days began, and says where: a run that goes on with what an earlier one has not
 * brought to its end must not forget what has changed since that one began.
 */
export async function beginWatermark(
  store: ObjectStore,
  move: WatermarkMove,
  runId: string,
  signal?: AbortSignal,
): Promise<WatermarkMove> {
  const key = pendingKey(move);
  await change(store, key, signal, (known) =>
    known === null ? { ...move, checkedAt: move.until, runId } : null,
  );
  const begun = (await read(store, key, signal))?.watermark ?? { ...move };
  const { source, appId, until, mark } = begun;
  return { source, appId, until, mark, from: begun.from < move.from ? begun.from : move.from };
}

/** Sets a watermark, never back: one that reaches as far stays as it is. Safe to repeat, and with several runs at once. */
export async function moveWatermark(
  store: ObjectStore,
  move: WatermarkMove,
  runId: string,
  signal?: AbortSignal,
): Promise<void> {
  await change(store, watermarkKey(move.source, move.appId), signal, (known) =>
    known !== null && known.until >= move.until ? null : { ...move, checkedAt: move.until, runId },
  );
  await store.delete([pendingKey(move)], signal);
}

/** Notes that nothing new was found at a time. Only for the watermark that was looked at. */
export async function noteChecked(
  store: ObjectStore,
  looked: Watermark,
  checkedAt: number,
  signal?: AbortSignal,
): Promise<void> {
  await change(store, watermarkKey(looked.source, looked.appId), signal, (known) =>
    known?.until === looked.until && known.checkedAt < checkedAt ? { ...known, checkedAt } : null,
  );
}

/** Reads, changes and writes on condition that nobody else did meanwhile; reads again where somebody did. */
async function change(
  store: ObjectStore,
  key: string,
  signal: AbortSignal | undefined,
  next: (known: Watermark | null) => Watermark | null,
): Promise<void> {
  for (;;) {
    const known = await read(store, key, signal);
    const changed = next(known?.watermark ?? null);
    if (changed === null) return;
    const body = Buffer.from(`${JSON.stringify(changed, null, 2)}\n`);
    const condition = known === null ? { ifAbsent: true } : { ifMatch: known.etag };
    try {
      await store.put(key, body, { ...condition, ...(signal === undefined ? {} : { signal }) });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
  }
}

/** One that cannot be read counts as none: the next run then reads whole days again, and loses nothing. */
async function read(
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
): Promise<{ watermark: Watermark; etag: string } | null> {
  const object = await store.get(key, signal);
  if (object === null) return null;
  try {
    const parsed = watermark.safeParse(JSON.parse(Buffer.from(object.body).toString('utf8')));
    return parsed.success ? { watermark: parsed.data, etag: object.etag } : null;
  } catch {
    return null;
  }
}
