import { PipelineError } from '../../domain/errors.js';

/**
 * Checks a key: `/`-separated, not empty, no empty, `.` or `..` segment, no NUL; a first segment that starts with a
 * dot is reserved for the store itself. Spaces, percent signs and any Unicode are allowed and kept as they are.
 */
export function checkKey(key: string): void {
  const bad = key.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (bad || key.startsWith('.') || key.includes('\0')) {
    throw new PipelineError(
      'InvalidInput',
      `object key ${JSON.stringify(key)}: use /-separated names that are not empty, "." or "..", and do not begin with a dot`,
    );
  }
}
