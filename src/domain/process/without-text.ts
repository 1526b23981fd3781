import type { MessageRow } from '../schema.js';

/**
 * Messages as they are stored under STORE_TEXT=none. Applied after categorizing, which needs the text; what was
 * measured from it (length, language, flags) stays.
 */
export function withoutText(messages: readonly MessageRow[]): MessageRow[] {
  return messages.map((message) => ({ ...message, text: null, text_raw: null }));
}
