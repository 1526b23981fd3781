import type { StoredRevision } from '../../ports/report-book.js';

export interface PageOptions {
  /** Address of a conversation with `{id}`, `{key}` and `{app}`; null: ids are not linked. */
  conversationUrl: string | null;
}

/** What the parts of a page are made from. */
export interface PageInput extends PageOptions {
  revision: StoredRevision;
}
