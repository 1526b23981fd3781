import type { TrialConversation } from '../../adapters/nocodb/index.js';
import { readContent } from '../../domain/process/content.js';
import type { Colors } from './colors.js';
import { plural } from './format.js';

const MAX_TEXT = 60;

/** What a customer wrote must not move the cursor of the person who looks at it. */
const printable = (text: string | null) => (text ?? '–').replace(/\p{C}+/gu, ' ');

/** Conversations as the mapping reads them. Their text only for a person's own terminal: never into a file or a log. */
export function previewLines(
  threads: readonly TrialConversation[],
  isTerminal: boolean,
  colors: Colors,
): string[] {
  if (threads.length === 0) return [colors.yellow('No conversation has a date that can be read yet.')];
  return threads.flatMap(({ conversation, messages }) => [
    `${colors.cyan(printable(conversation.conversationId))}  ${new Date(conversation.startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC` +
      `  app ${printable(conversation.appId)}  user ${printable(conversation.userId)}  status ${printable(conversation.status)}  ${plural(messages.length, 'message')}`,
    ...(isTerminal ? messages.slice(0, 2) : []).map(({ role, content }) => {
      const text = printable(readContent(content).text).replace(/\s+/g, ' ').trim();
      const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
      return colors.dim(`    ${printable(role)}: ${shown === '' ? '(no text)' : shown}`);
    }),
  ]);
}
