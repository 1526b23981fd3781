import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One dialog of the Schema-Guided Dialogue data set in its compact form, a line each. */
export interface SgdDialog {
  id: string;
  /** `s`: U the user, S the system. */
  turns: { s: 'U' | 'S'; t: string }[];
}

/** The first dialogs of the training part; undefined where the data set is not there. */
export function readSgd(count: number): SgdDialog[] | undefined {
  const root = process.env['CONVERSATION_ANALYTICS_DATASETS'] ?? join('..', 'shared', 'data');
  const plain = join(root, 'sgd', 'train.jsonl');
  const packed = `${plain}.gz`;
  const bytes = existsSync(packed)
    ? gunzipSync(readFileSync(packed))
    : existsSync(plain)
      ? readFileSync(plain)
      : undefined;
  if (!bytes) return undefined;
  const dialogs: SgdDialog[] = [];
  for (let from = 0; dialogs.length < count && from < bytes.length;) {
    const newline = bytes.indexOf(10, from);
    const to = newline === -1 ? bytes.length : newline;
    if (to > from) dialogs.push(JSON.parse(bytes.toString('utf8', from, to)) as SgdDialog);
    from = to + 1;
  }
  return dialogs;
}
