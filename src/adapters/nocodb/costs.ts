/** What is lost where no column serves a key, by the names of docs/data-formats.md and docs/metrics.md. */
const COSTS = {
  conversations: {
    app_id: 'app_id stays null; --app-id cannot be used, and nothing is told apart by app',
    user_id: 'user_id stays null; no user analytics: new, returning and dormant users, repeat contacts',
    started_at: 'CreatedAt stands in for the start',
    status:
      'status stays null; a conversation counts as ended after 24 idle hours, none as escalated by status',
    closed_at:
      'closed_at stays null; a closed conversation is taken to close at its last message, and there is no backlog',
    created_at: 'source_created_at stays null; of rows with one id the higher primary key wins',
    updated_at: 'source_updated_at stays null; of rows with one id the newer CreatedAt wins',
  },
  messages: {
    content: 'text stays null: no language, topic, intent or sentiment',
    agent_id: 'agent_id stays null; nothing is told apart by agent',
    is_private: 'is_private is false for every message: internal notes count as replies',
    attachments: 'a message of nothing but a file counts as empty',
    created_at: 'of messages with one id the higher primary key wins',
    updated_at: 'of messages with one id the newer CreatedAt wins',
  },
} as const satisfies Record<string, Record<string, string>>;

export function costOf(kind: keyof typeof COSTS, key: string): string | null {
  return (COSTS[kind] as Record<string, string>)[key] ?? null;
}
