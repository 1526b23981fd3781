import { UsageError } from '../errors.js';

/** A mapping file as plain values. */
export type RawMapping = Record<string, unknown>;

/**
 * Sets `conversations.user_id=Customer` in a mapping that is not parsed yet; `null` switches a column off. Of `roles.`
 * and `statuses.`, the rest is the word of the source, dots and all.
 * @throws UsageError where it is not `key=value`
 */
export function setKey(mapping: RawMapping, setting: string): void {
  const at = setting.indexOf('=');
  const key = setting.slice(0, at).trim();
  if (at < 1 || key === '') {
    throw new UsageError(
      `--set ${JSON.stringify(setting)} is not <key>=<value>.\n` +
        'Allowed are the keys of the mapping file (docs/source-nocodb.md), and titles of columns.\n' +
        'For example: --set conversations.user_id=Customer',
    );
  }
  const value = setting.slice(at + 1).trim();
  const words = /^(roles|statuses)\.(.+)$/.exec(key);
  const path = words ? [words[1] ?? '', words[2] ?? ''] : key.split('.');
  let place: Record<string, unknown> = mapping;
  for (const [index, part] of path.slice(0, -1).entries()) {
    const old = place[part];
    const isList = /^\d+$/.test(path[index + 1] ?? '');
    if (typeof old === 'string') place[part] = { column: old };
    else if (typeof old !== 'object' || old === null) place[part] = isList ? [] : {};
    else if (isList && !Array.isArray(old)) place[part] = [];
    place = place[part] as Record<string, unknown>;
  }
  const last = path.at(-1) ?? key;
  const old = place[last];
  const isColumnOfMore = typeof old === 'object' && old !== null && !Array.isArray(old) && 'column' in old;
  if (value === 'null') place[last] = null;
  // A column named anew keeps the zone, or what it holds.
  else if (isColumnOfMore) place[last] = { ...old, column: value };
  else place[last] = value;
}
