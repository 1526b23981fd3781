import pLimit from 'p-limit';
import { PipelineError } from '../../domain/errors.js';
import type { DayManifest } from '../../ports/lake.js';
import { PreconditionFailed, type ObjectStore } from '../../ports/object-store.js';
import { DAYS_PREFIX, manifestKey } from './layout.js';

/** Manifests read at once: a store over the network answers each in tens of milliseconds. */
const READS_AT_ONCE = 16;

export interface CommittedDay {
  manifest: DayManifest;
  etag: string;
}

/** Reads and writes the manifests: the put of a manifest is the commit of its day. */
export class Manifests {
  /** By day; checked by ETag. */
  private readonly cache = new Map<string, CommittedDay>();

  constructor(private readonly store: ObjectStore) {}

  async read(day: string, signal?: AbortSignal): Promise<CommittedDay | null> {
    const key = manifestKey(day);
    const object = await this.store.get(key, signal);
    if (object === null) return null;
    const manifest = parseManifest(object.body, `${key} in ${this.store.location}`);
    const committed = { manifest, etag: object.etag };
    this.cache.set(day, committed);
    return committed;
  }

  /**
   * Commits a day over what was read before (null: nothing). False: another writer was first. An answer that was lost
   * on the way is recognised by the commit id.
   */
  async commit(manifest: DayManifest, before: CommittedDay | null, signal: AbortSignal): Promise<boolean> {
    const body = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    const condition = before === null ? { ifAbsent: true } : { ifMatch: before.etag };
    try {
      await this.store.put(manifestKey(manifest.day), body, { ...condition, signal });
      return true;
    } catch (error) {
      const unsure = error instanceof PipelineError && error.type === 'LakeUnavailable';
      if (!(error instanceof PreconditionFailed) && !unsure) throw error;
      const now = await this.read(manifest.day, signal);
      if (now?.manifest.commit_id === manifest.commit_id) return true;
      if (unsure) throw error;
      return false;
    }
  }

  /** Manifests of all committed days but those that `skip` names, in order of day. */
  async all(signal?: AbortSignal, skip: (day: string) => boolean = () => false): Promise<DayManifest[]> {
    const limit = pLimit(READS_AT_ONCE);
    const reads: Promise<CommittedDay | null>[] = [];
    for await (const { key, etag } of this.store.list(DAYS_PREFIX, signal)) {
      const day = /^_days\/(\d{4}-\d{2}-\d{2})\/manifest\.json$/.exec(key)?.[1];
      if (day === undefined || skip(day)) continue;
      const known = this.cache.get(day);
      const read = known?.etag === etag ? Promise.resolve(known) : limit(() => this.read(day, signal));
      // A read may fail before all are listed: its error is thrown below.
      read.catch(() => undefined);
      reads.push(read);
    }
    const days = (await Promise.all(reads)).flatMap((read) => read?.manifest ?? []);
    return days.sort((a, b) => (a.day < b.day ? -1 : 1));
  }
}

function parseManifest(body: Uint8Array, name: string): DayManifest {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as DayManifest;
  } catch {
    throw new PipelineError(
      'LakeCorrupt',
      `${name} is not JSON: restore it, or remove it and collect the day again`,
    );
  }
}
