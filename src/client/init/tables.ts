import type { BaseInfo, TableInfo } from '../../adapters/nocodb/index.js';
import { UsageError } from '../errors.js';
import type { Asker } from '../ask.js';

/** Usual names of the tables, without case and separators. */
const USUAL = {
  conversations: [
    'conversations',
    'conversation',
    'chats',
    'chat',
    'chatsessions',
    'sessions',
    'threads',
    'dialogs',
    'tickets',
  ],
  messages: ['messages', 'message', 'chatmessages', 'conversationmessages', 'lines', 'replies', 'posts'],
} as const;

const normal = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The base that is named, the only one there is, or the one that is chosen. @throws UsageError naming `--base` */
export async function chooseBase(
  bases: readonly BaseInfo[],
  wanted: string | undefined,
  asker: Asker | null,
): Promise<BaseInfo> {
  const list = bases.map(({ id, title }) => `${title} (${id})`).join(', ') || 'none';
  const found =
    wanted === undefined ? bases : bases.filter(({ id, title }) => id === wanted || title === wanted);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (wanted !== undefined) {
    // A token may be allowed to read a base that it may not list.
    if (found.length === 0 && /^p\w{14}$/.test(wanted)) return { id: wanted, title: wanted };
    throw new UsageError(
      `--base ${JSON.stringify(wanted)} is ${found.length === 0 ? 'no base' : `the title of ${found.length} bases`}.\n` +
        `The token sees: ${list}.\nGive the id: --base <id>`,
    );
  }
  if (bases.length === 0) {
    throw new UsageError(
      'The token sees no base.\nIn NocoDB, share the base with the user of the token.\nThen try again, or name it: --base <id>',
    );
  }
  const options = bases.map(({ id, title }) => `${title} (${id})`);
  const answer = await asker?.choose('Which base holds the conversations?', options);
  const chosen = answer == null ? undefined : bases[options.indexOf(answer)];
  if (chosen) return chosen;
  throw new UsageError(
    `There are ${bases.length} bases, and one has to be named.\nThe token sees: ${list}.\nName it: --base <id>`,
  );
}

/** The same for a table; one usual name that stands alone is taken. @throws UsageError naming the flag */
export async function chooseTable(
  tables: readonly TableInfo[],
  kind: keyof typeof USUAL,
  wanted: string | undefined,
  asker: Asker | null,
): Promise<TableInfo> {
  const flag = `--${kind}-table`;
  const list = tables.map(({ title }) => title).join(', ') || 'no tables';
  if (wanted !== undefined) {
    for (const field of ['id', 'title', 'table_name'] as const) {
      const found = tables.filter((table) => table[field] === wanted);
      if (found[0] && found.length === 1) return found[0];
    }
    throw new UsageError(
      `${flag} ${JSON.stringify(wanted)} names no table of the base, or several.\nThe base has: ${list}.\nGive its title or id: ${flag} <title>`,
    );
  }
  const usual = tables.filter(({ title }) => (USUAL[kind] as readonly string[]).includes(normal(title)));
  const [only] = usual;
  if (only !== undefined && usual.length === 1) return only;
  const candidates = usual.length > 0 ? usual : tables;
  const titles = candidates.map(({ title }) => title);
  const answer = await asker?.choose(`Which table holds the ${kind}?`, titles);
  const chosen = answer == null ? undefined : candidates[titles.indexOf(answer)];
  if (chosen) return chosen;
  throw new UsageError(
    `${usual.length > 1 ? `${titles.join(' and ')} may both hold the ${kind}` : `No table has a usual name for ${kind}`}.\n` +
      `The base has: ${list}.\nName it: ${flag} <title>`,
  );
}
