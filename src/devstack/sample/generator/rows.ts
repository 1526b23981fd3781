import type { SampleRow, SampleTable } from '../table.js';

export interface ConversationRow extends SampleRow {
  CreatedAt: string;
  UpdatedAt: string | null;
  conversation_id: string | null;
  app_id: string | null;
  user_id: string | null;
  started_at: string | null;
  status: string | null;
  closed_at: string | null;
  channel: string;
  rating: number | null;
}

export interface MessageRow extends SampleRow {
  CreatedAt: string;
  UpdatedAt: string | null;
  message_id: string | null;
  conversation_id: string | null;
  role: string | null;
  content: string | null;
  sent_at: string | null;
  agent_id: string | null;
  is_private: boolean;
  attachments: { title: string; mimetype: string; url: string }[] | null;
}

export function conversationsTable(rows: ConversationRow[]): SampleTable {
  return {
    title: 'conversations',
    columns: [
      { title: 'conversation_id', uidt: 'SingleLineText' },
      { title: 'app_id', uidt: 'SingleLineText' },
      { title: 'user_id', uidt: 'SingleLineText' },
      { title: 'started_at', uidt: 'DateTime' },
      { title: 'status', uidt: 'SingleLineText' },
      { title: 'closed_at', uidt: 'DateTime' },
      { title: 'channel', uidt: 'SingleSelect' },
      { title: 'rating', uidt: 'Number' },
    ],
    rows,
  };
}

export function messagesTable(rows: MessageRow[]): SampleTable {
  return {
    title: 'messages',
    columns: [
      { title: 'message_id', uidt: 'SingleLineText' },
      { title: 'conversation_id', uidt: 'SingleLineText' },
      { title: 'role', uidt: 'SingleLineText' },
      { title: 'content', uidt: 'LongText' },
      { title: 'sent_at', uidt: 'DateTime' },
      { title: 'agent_id', uidt: 'SingleLineText' },
      { title: 'is_private', uidt: 'Checkbox' },
      { title: 'attachments', uidt: 'Attachment' },
    ],
    rows,
  };
}
