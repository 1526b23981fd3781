export interface ObjectInfo {
  key: string;
  size: number;
  etag: string;
  modifiedAt: number;
}

/** Conditional write: `ifMatch` an ETag seen before, or `ifAbsent`. A failed condition throws PreconditionFailed. */
export interface PutOptions {
  ifMatch?: string;
  ifAbsent?: boolean;
  signal?: AbortSignal;
}

/** A part of an object, in bytes. It must lie within the object. */
export interface ByteRange {
  offset: number;
  /** At least 1. */
  length: number;
}

export class PreconditionFailed extends Error {
  override readonly name = 'PreconditionFailed';
}

/**
 * Keys are `/`-separated, relative to the lake's root (prefix or directory). Other errors are PipelineError
 * LakeUnavailable (try again) or LakeAccess (do not).
 */
export interface ObjectStore {
  /** Where a person finds it: `s3://bucket/prefix` or a directory. */
  readonly location: string;
  /** The object, or with `range` that part of it. */
  get(
    key: string,
    signal?: AbortSignal,
    range?: ByteRange,
  ): Promise<{ body: Uint8Array; etag: string } | null>;
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<{ etag: string }>;
  /** Uploads a local file. */
  putFile(key: string, path: string, options?: PutOptions): Promise<{ etag: string }>;
  /** A local path that holds the object's bytes: itself for a directory, else a copy in the read cache by ETag. */
  localPath(key: string, signal?: AbortSignal): Promise<string | null>;
  /** Server-side copy, or hard link; replaces `to` atomically. */
  copy(from: string, to: string, signal?: AbortSignal): Promise<void>;
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo>;
  delete(keys: string[], signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
