import type { Product } from '../product.js';
import type { Base } from './base.js';

interface Digest {
  conversations: number;
  messages: number;
  ids: string;
  texts: string;
}

/**
 * Whether the lake holds exactly the rows of the base: ids and texts of all messages, and ids of all conversations.
 * @throws Error with both sides where it does not
 */
export async function verify(product: Product, base: Base, lakeDir: string): Promise<void> {
  const [seeded] = await base.postgres.query<Digest>(
    `SELECT (SELECT count(DISTINCT conversation_id)::int FROM "${base.baseId}".conversations) AS conversations,
       count(*)::int AS messages,
       md5(string_agg(message_id, ',' ORDER BY message_id COLLATE "C")) AS ids,
       md5(string_agg(md5(content), '' ORDER BY message_id COLLATE "C")) AS texts
     FROM "${base.baseId}".messages`,
  );
  const store = product.objectStore.createFileObjectStore(lakeDir);
  try {
    const [stored] = await product.lake.openLakeReader(store).query<Digest & Record<string, unknown>>(
      `SELECT (SELECT count(DISTINCT conversation_id) FROM conversations) AS conversations,
         count(*) AS messages,
         md5(string_agg(message_id, ',' ORDER BY message_id)) AS ids,
         md5(string_agg(md5(text_raw), '' ORDER BY message_id)) AS texts
       FROM messages`,
      { start: base.startDate, end: base.endDate },
    );
    const names = ['conversations', 'messages', 'ids', 'texts'] as const;
    const differing = names.filter((name) => seeded?.[name] !== stored?.[name]);
    if (differing.length > 0) {
      throw new Error(
        `the lake differs from the source in ${differing.map((name) => `${name} (${stored?.[name] ?? 'none'} of ${seeded?.[name] ?? 'none'})`).join(', ')}`,
      );
    }
  } finally {
    await store.close();
  }
}
