import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import { z } from 'zod';
import { PipelineError } from '../../domain/errors.js';
import { TASKS } from '../../domain/schema.js';
import type { HumanLabelStore, PutLabelsResult, StoredLabel } from '../../ports/human-labels.js';
import { PreconditionFailed, type ObjectStore } from '../../ports/object-store.js';

/**
 * Labels that people gave, in the object store: `_state/labels/<shard>.json`, a list each. A conversation's shard is
 * the beginning of the hash of its key, so that many labels are few objects; one listing tells which have changed
 * since they were last read.
 */
const PREFIX = '_state/labels/';
/** Other writers of a shard: each lost race is one of their imports. */
const MAX_TRIES = 10;
const PARALLEL = 8;

const Shard = z.array(
  z.object({
    conversationKey: z.string(),
    messageId: z.string().nullable(),
    task: z.enum(TASKS),
    label: z.string(),
    taxonomyVersion: z.string(),
    labelledAt: z.number(),
  }),
);

export function createHumanLabelStore(store: ObjectStore): HumanLabelStore {
  return new ShardedLabels(store);
}

class ShardedLabels implements HumanLabelStore {
  /** By object key; checked by ETag. */
  private readonly cache = new Map<string, { etag: string; labels: StoredLabel[] }>();

  constructor(private readonly store: ObjectStore) {}

  async put(labels: readonly StoredLabel[], signal?: AbortSignal): Promise<PutLabelsResult> {
    const result: PutLabelsResult = { added: 0, changed: 0, unchanged: 0 };
    const byShard = groupBy(labels, ({ conversationKey }) => shardKey(conversationKey));
    for (const [key, part] of byShard) {
      const done = await this.putShard(key, part, signal);
      result.added += done.added;
      result.changed += done.changed;
      result.unchanged += done.unchanged;
    }
    return result;
  }

  async of(
    conversationKeys: () => readonly string[],
    signal?: AbortSignal,
  ): Promise<Map<string, StoredLabel[]>> {
    const objects = await this.list(signal);
    if (objects.length === 0) return new Map();
    const wanted = new Set(conversationKeys());
    const shards = new Set([...wanted].map(shardKey));
    const labels = await this.read(
      objects.filter(({ key }) => shards.has(key)),
      signal,
    );
    return groupBy(
      labels.filter(({ conversationKey }) => wanted.has(conversationKey)),
      ({ conversationKey }) => conversationKey,
    );
  }

  async all(signal?: AbortSignal): Promise<StoredLabel[]> {
    const labels = await this.read(await this.list(signal), signal);
    return labels.sort((a, b) => (identity(a) < identity(b) ? -1 : 1));
  }

  private async list(signal?: AbortSignal): Promise<{ key: string; etag: string }[]> {
    const objects: { key: string; etag: string }[] = [];
    for await (const object of this.store.list(PREFIX, signal)) objects.push(object);
    return objects;
  }

  /** The labels of some shards: only those that have changed are read. */
  private async read(
    shards: readonly { key: string; etag: string }[],
    signal?: AbortSignal,
  ): Promise<StoredLabel[]> {
    const limit = pLimit(PARALLEL);
    const reads = shards.map(({ key, etag }) => {
      const known = this.cache.get(key);
      if (known?.etag === etag) return Promise.resolve(known.labels);
      return limit(async () => (await this.readShard(key, signal)).labels);
    });
    return (await Promise.all(reads)).flat();
  }

  private async readShard(
    key: string,
    signal?: AbortSignal,
  ): Promise<{ etag: string | null; labels: StoredLabel[] }> {
    const object = await this.store.get(key, signal);
    if (object === null) return { etag: null, labels: [] };
    const shard = { etag: object.etag, labels: parse(object.body, `${key} in ${this.store.location}`) };
    this.cache.set(key, shard);
    return shard;
  }

  private async putShard(
    key: string,
    labels: readonly StoredLabel[],
    signal?: AbortSignal,
  ): Promise<PutLabelsResult> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const { etag, labels: before } = await this.readShard(key, signal);
      const { merged, result } = merge(before, labels);
      if (result.added + result.changed === 0) return result;
      const condition = etag === null ? { ifAbsent: true } : { ifMatch: etag };
      const body = Buffer.from(`${JSON.stringify(merged, null, 1)}\n`);
      try {
        await this.store.put(key, body, signal === undefined ? condition : { ...condition, signal });
        return result;
      } catch (error) {
        if (!(error instanceof PreconditionFailed)) throw error;
      }
    }
    throw new PipelineError('LakeConflict', `${key}: others keep writing labels; import the file again`);
  }
}

function merge(before: readonly StoredLabel[], labels: readonly StoredLabel[]) {
  const byIdentity = new Map(before.map((label) => [identity(label), label]));
  const result: PutLabelsResult = { added: 0, changed: 0, unchanged: 0 };
  for (const label of labels) {
    const known = byIdentity.get(identity(label));
    if (known?.label === label.label) {
      result.unchanged++;
      continue;
    }
    result[known === undefined ? 'added' : 'changed']++;
    byIdentity.set(identity(label), label);
  }
  const merged = [...byIdentity].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, label]) => label);
  return { merged, result };
}

function groupBy(
  labels: readonly StoredLabel[],
  keyOf: (label: StoredLabel) => string,
): Map<string, StoredLabel[]> {
  const groups = new Map<string, StoredLabel[]>();
  for (const label of labels) {
    const key = keyOf(label);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [label]);
    else group.push(label);
  }
  return groups;
}

function shardKey(conversationKey: string): string {
  return `${PREFIX}${createHash('sha256').update(conversationKey).digest('hex').slice(0, 2)}.json`;
}

function identity({ conversationKey, messageId, task }: StoredLabel): string {
  return JSON.stringify([conversationKey, messageId ?? '', messageId !== null, task]);
}

function parse(body: Uint8Array, name: string): StoredLabel[] {
  try {
    return Shard.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    throw new PipelineError(
      'LakeCorrupt',
      `${name} does not hold labels: restore it, or remove it and import the labels again`,
    );
  }
}
