import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { PipelineError } from '../../domain/errors.js';
import {
  PreconditionFailed,
  type ByteRange,
  type ObjectInfo,
  type ObjectStore,
  type PutOptions,
} from '../../ports/object-store.js';
import { checkKey } from './keys.js';
import { ReadCache } from './read-cache.js';
import { asLakeError, isNoSuchKey, isPreconditionFailure } from './s3-errors.js';

export interface S3Options {
  bucket: string;
  /** Keys lie under it; '' or absent: at the bucket's root. */
  prefix?: string | undefined;
  /** Of an S3-compatible server; absent: AWS. With one, bucket names stand in the path. */
  endpoint?: string | undefined;
  region?: string | undefined;
  /** Both or neither; absent: the SDK's default chain (environment, profile, instance role). */
  accessKeyId?: string | undefined;
  secretAccessKey?: string | undefined;
  /** Directory of the read cache. */
  cacheDir: string;
}

/** A single PUT, and a single COPY, carry at most 5 GB; a day's table is far below. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;
/** The service deletes at most so many keys a request. */
const DELETE_BATCH = 1000;

/**
 * Object store on S3 or a compatible server that honours If-Match and If-None-Match on PUT (AWS, MinIO, R2,
 * versitygw). Objects are at most 5 GB: no multipart uploads. Reads of whole files go through a cache by ETag.
 */
export function createS3ObjectStore(options: S3Options): ObjectStore {
  return new S3ObjectStore(options);
}

class S3ObjectStore implements ObjectStore {
  readonly location: string;
  private readonly client: S3Client;
  private readonly cache: ReadCache;
  private readonly bucket: string;
  private readonly root: string;
  /** For error messages: where and what. */
  private readonly place: string;

  constructor(options: S3Options) {
    const prefix = (options.prefix ?? '').replace(/^\/+|\/+$/g, '');
    this.bucket = options.bucket;
    this.root = prefix === '' ? '' : `${prefix}/`;
    this.location = `s3://${options.bucket}${prefix === '' ? '' : `/${prefix}`}`;
    this.place = options.endpoint === undefined ? this.location : `${this.location} at ${options.endpoint}`;
    this.cache = new ReadCache(join(options.cacheDir, 's3-cache'), this.place);
    this.client = new S3Client(clientConfig(options));
  }

  async get(
    key: string,
    signal?: AbortSignal,
    range?: ByteRange,
  ): Promise<{ body: Uint8Array; etag: string } | null> {
    return this.call(signal, async () => {
      try {
        const part =
          range === undefined ? {} : { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
        const answer = await this.client.send(
          new GetObjectCommand({ ...this.at(key), ...part }),
          abort(signal),
        );
        const body = answer.Body === undefined ? new Uint8Array() : await answer.Body.transformToByteArray();
        return { body, etag: answer.ETag ?? '' };
      } catch (error) {
        if (isNoSuchKey(error)) return null;
        throw error;
      }
    });
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<{ etag: string }> {
    return this.upload(key, body, body.byteLength, options);
  }

  async putFile(key: string, path: string, options: PutOptions = {}): Promise<{ etag: string }> {
    const { size } = await stat(path);
    if (size > MAX_PUT_BYTES) {
      throw new PipelineError(
        'LakeAccess',
        `${this.place}: ${key} has ${size} bytes; at most ${MAX_PUT_BYTES} fit one PUT`,
      );
    }
    return this.upload(key, createReadStream(path), size, options);
  }

  async localPath(key: string, signal?: AbortSignal): Promise<string | null> {
    return this.call(signal, async () => {
      for (;;) {
        const head = await this.head(key, signal);
        if (head === null) return null;
        try {
          return await this.cache.path(key, head, (path) => this.download(key, head, path, signal));
        } catch (error) {
          // Replaced between HEAD and GET: look again.
          if (!isPreconditionFailure(error) && !isNoSuchKey(error)) throw error;
        }
      }
    });
  }

  async copy(from: string, to: string, signal?: AbortSignal): Promise<void> {
    await this.call(signal, async () => {
      const source = `${this.bucket}/${this.at(from).Key}`.split('/').map(encodeURIComponent).join('/');
      await this.client.send(new CopyObjectCommand({ ...this.at(to), CopySource: source }), abort(signal));
    });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo> {
    let token: string | undefined;
    do {
      const page = await this.call(signal, () =>
        this.client.send(
          new ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: this.root + prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          abort(signal),
        ),
      );
      for (const item of page.Contents ?? []) {
        // A key that ends in a slash is a folder marker that other tools leave.
        if (item.Key === undefined || item.Key.endsWith('/')) continue;
        yield {
          key: item.Key.slice(this.root.length),
          size: item.Size ?? 0,
          etag: item.ETag ?? '',
          modifiedAt: item.LastModified?.getTime() ?? 0,
        };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(keys: string[], signal?: AbortSignal): Promise<void> {
    for (let from = 0; from < keys.length; from += DELETE_BATCH) {
      const objects = keys.slice(from, from + DELETE_BATCH).map((key) => ({ Key: this.at(key).Key }));
      await this.call(signal, async () => {
        const answer = await this.client.send(
          new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: objects, Quiet: true } }),
          abort(signal),
        );
        const failed = answer.Errors?.find((error) => error.Code !== 'NoSuchKey');
        if (failed !== undefined)
          throw Object.assign(new Error('delete failed'), { name: failed.Code ?? 'DeleteFailed' });
      });
    }
  }

  close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }

  private at(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.bucket, Key: this.root + key };
  }

  private async upload(
    key: string,
    body: Uint8Array | Readable,
    bytes: number,
    { ifMatch, ifAbsent, signal }: PutOptions,
  ): Promise<{ etag: string }> {
    return this.call(signal, async () => {
      const condition =
        ifMatch !== undefined ? { IfMatch: ifMatch } : ifAbsent === true ? { IfNoneMatch: '*' } : {};
      try {
        const answer = await this.client.send(
          new PutObjectCommand({ ...this.at(key), Body: body, ContentLength: bytes, ...condition }),
          abort(signal),
        );
        return { etag: answer.ETag ?? '' };
      } catch (error) {
        // If-Match on a key that is gone answers 404.
        if (isPreconditionFailure(error) || (ifMatch !== undefined && isNoSuchKey(error))) {
          throw new PreconditionFailed(`${key} has been written by another writer`);
        }
        throw error;
      } finally {
        if (body instanceof Readable) body.destroy();
      }
    });
  }

  private async head(key: string, signal?: AbortSignal): Promise<string | null> {
    try {
      return (await this.client.send(new HeadObjectCommand(this.at(key)), abort(signal))).ETag ?? '';
    } catch (error) {
      if (isNoSuchKey(error)) return null;
      throw error;
    }
  }

  private async download(key: string, etag: string, path: string, signal?: AbortSignal): Promise<void> {
    const request = new GetObjectCommand({ ...this.at(key), IfMatch: etag });
    const { Body: body } = await this.client.send(request, abort(signal));
    if (!(body instanceof Readable)) throw new Error('the answer has no body');
    await pipeline(body, createWriteStream(path, { flags: 'wx' }), signal === undefined ? {} : { signal });
  }

  private async call<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof PreconditionFailed || isPreconditionFailure(error) || isNoSuchKey(error))
        throw error;
      throw asLakeError(error, this.place);
    }
  }
}

function clientConfig(options: S3Options): S3ClientConfig {
  // The SDK warns on stderr, once a process, that a later version will need a newer Node; it is of no use to a user.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { accessKeyId, secretAccessKey, endpoint, region } = options;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new PipelineError(
      'InvalidInput',
      'give both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither',
    );
  }
  return {
    // A compatible server needs some region in the signature, and seldom looks at it.
    ...(region !== undefined ? { region } : endpoint !== undefined ? { region: 'us-east-1' } : {}),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
    maxAttempts: 3,
    // The newer default checksums are refused by several compatible servers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}

function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
