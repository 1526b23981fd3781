import { PipelineError } from '../../domain/errors.js';

/** Faults that trying again can cure: no space, too many open files, an I/O error of a network directory. */
const TRANSIENT = new Set([
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'EIO',
  'ESTALE',
  'EBUSY',
  'EAGAIN',
  'ETIMEDOUT',
]);

/** `code` of a system error. By shape, since an error of another realm (vm, worker) is no instance of our Error. */
export function errorCode(error: unknown): string | undefined {
  const shaped = typeof error === 'object' && error !== null && 'code' in error;
  return shaped && typeof error.code === 'string' ? error.code : undefined;
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** File system error → PipelineError that names the directory; anything else is returned as it is. */
export function asLakeError(error: unknown, dir: string): unknown {
  const code = errorCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const space = code === 'ENOSPC' || code === 'EDQUOT' ? 'free some space' : 'try again';
  return TRANSIENT.has(code)
    ? new PipelineError('LakeUnavailable', `lake directory ${dir}: ${code}; ${space}`, { cause: error })
    : new PipelineError(
        'LakeAccess',
        `lake directory ${dir}: ${code}; LAKE_DIR must be a directory that this user may write, on a file system with hard links`,
        { cause: error },
      );
}
