import { UsageError } from './errors.js';

const MAX_REASON = 200;

/** Why a run is paused, in one line. @throws UsageError */
export function parseReason(value: string): string {
  const reason = value.replace(/\s+/g, ' ').trim();
  if (reason !== '' && reason.length <= MAX_REASON) return reason;
  throw new UsageError(
    `--reason ${reason === '' ? JSON.stringify(value) : `of ${reason.length} characters`} cannot be used.\n` +
      `Allowed is a text of 1 to ${MAX_REASON} characters.\n` +
      "For example: --reason 'maintenance of NocoDB until noon'",
  );
}

/** A batch as `failures` names it: `2026-08-01/3`. @throws UsageError */
export function parseBatchName(value: string): string {
  if (/^\d{4}-\d{2}-\d{2}\/(0|[1-9]\d*)$/.test(value)) return value;
  throw new UsageError(
    `--batch ${JSON.stringify(value)} is not a batch.\n` +
      'Allowed is <day>/<number>, such as 2026-08-01/3; the option may be given several times.\n' +
      'List the failed batches: conversation-analytics failures',
  );
}
