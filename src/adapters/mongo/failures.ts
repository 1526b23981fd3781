import { MongoError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { PipelineError } from '../../domain/errors.js';

/** MongoDB's error codes for refused credentials and missing rights. */
const REFUSED = new Set([13 /* Unauthorized */, 18 /* AuthenticationFailed */, 8000 /* AtlasError */]);

/** @param where host and database, without credentials. The driver's own message may quote documents: it is dropped. */
export function toPipelineError(err: unknown, where: string): unknown {
  if (err instanceof PipelineError || !(err instanceof MongoError)) return err;
  if (err instanceof MongoServerError && REFUSED.has(Number(err.code))) {
    return new PipelineError(
      'MongoAuth',
      `MongoDB at ${where} refuses access (code ${Number(err.code)}): check the user, password and rights in MONGODB_URI`,
    );
  }
  const what =
    err instanceof MongoServerSelectionError
      ? 'cannot be reached'
      : `failed (${err.name}${err.code === undefined ? '' : `, code ${String(err.code)}`})`;
  return new PipelineError(
    'MongoUnavailable',
    `MongoDB at ${where} ${what}: check MONGODB_URI and that the server runs`,
  );
}
