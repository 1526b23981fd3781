import type { RawMessage } from '../records.js';
import { messageKey } from '../records.js';
import type { Actor, ContentType, MessageRow } from '../schema.js';
import { SCHEMA_VERSION } from '../schema.js';
import { cleanText, countCodePoints, storableText } from './clean-text.js';
import type { ContentReading } from './content.js';
import { readContent } from './content.js';
import type { ProcessContext, QualityFlag } from './context.js';
import { flagList } from './context.js';
import { readLanguages } from './language.js';
import { isUserMessage, replyTimes } from './measure.js';
import type { PlacedMessage } from './order.js';
import { readRole } from './roles.js';

/** A message as far as it can be read alone. */
interface ReadMessage extends PlacedMessage {
  actor: Actor;
  isAutoReply: boolean;
  isPrivate: boolean;
  contentType: ContentType;
  text: string | null;
  textRaw: string | null;
  flags: Set<QualityFlag>;
}

interface ConversationOfMessages {
  key: string;
  appId: string | null;
  fetchedAt: number;
}

/** Messages in order → their rows, the conversation's language, and what the measures need of each. */
export function messageRows(
  placed: readonly PlacedMessage[],
  conversation: ConversationOfMessages,
  context: ProcessContext,
  roles: ReadonlyMap<string, Actor>,
): { rows: MessageRow[]; read: ReadMessage[]; language: { language: string; confidence: number } | null } {
  const read = placed.map((message) => readMessage(message, context, roles));
  const languages = readLanguages(
    read.map((message) => ({
      text: message.text,
      isUser: isUserMessage(message),
      isSystem: message.actor === 'system',
    })),
    context.detector,
  );
  const waits = replyTimes(read);
  const rows = read.map((message, index): MessageRow => {
    const language = languages.messages[index] ?? null;
    return {
      message_key: messageKey(conversation.key, message.raw.messageId),
      conversation_key: conversation.key,
      message_id: message.raw.messageId,
      source_row_id: message.raw.rowId,
      app_id: conversation.appId,
      seq: index + 1,
      sent_at: message.sentAt,
      role_raw: message.raw.role,
      actor: message.actor,
      agent_id: blankToNull(message.raw.agentId),
      is_private: message.isPrivate,
      is_auto_reply: message.isAutoReply,
      content_type: message.contentType,
      text: message.text,
      text_raw: message.textRaw,
      char_count: message.text === null ? 0 : countCodePoints(message.text),
      language: language?.language ?? null,
      language_confidence: language?.confidence ?? null,
      reply_time_s: waits[index] ?? null,
      quality_flags: flagList(message.flags),
      source: context.source,
      fetched_at: conversation.fetchedAt,
      run_id: context.runId,
      schema_version: SCHEMA_VERSION,
    };
  });
  return { rows, read, language: languages.conversation };
}

function readMessage(
  placed: PlacedMessage,
  context: ProcessContext,
  roles: ReadonlyMap<string, Actor>,
): ReadMessage {
  const { raw } = placed;
  const flags = new Set<QualityFlag>();
  if (!placed.timeValid) flags.add('time_invalid');
  if (placed.outOfOrder) flags.add('out_of_order');
  const role = readRole(raw.role, roles);
  if (!role.known) flags.add('role_unknown');
  const content = readContent(raw.content);
  if (content.unreadable) flags.add('content_json_unreadable');
  const text = content.text === '' ? '' : cleanText(content.text, context.html, flags);
  return {
    ...placed,
    actor: role.actor,
    isAutoReply: role.isAutoReply,
    isPrivate: raw.isPrivate ?? false,
    contentType: contentTypeOf(content, text, raw),
    text: text === '' ? null : text,
    textRaw: content.raw === null ? null : storableText(content.raw, flags),
    flags,
  };
}

function contentTypeOf(content: ContentReading, text: string, raw: RawMessage): ContentType {
  if (text !== '') return content.isJson ? 'json' : 'text';
  if (content.hasAttachment || raw.hasAttachments) return 'attachment';
  return content.isJson && content.unreadable ? 'json' : 'empty';
}

export function blankToNull(value: string | null): string | null {
  return value === null || value.trim() === '' ? null : value;
}
