/**
 * What the source contract is checked on: one day of 1,200 conversations, one of dirt of every kind, edges of days,
 * and rows that match no day. The server numbers rows from 1 in this order.
 */
export interface ContractColumn {
  title: string;
  uidt: 'SingleLineText' | 'LongText' | 'DateTime' | 'Checkbox' | 'JSON' | 'Number';
}

export interface ContractTable {
  title: string;
  columns: ContractColumn[];
  rows: Record<string, unknown>[];
}

export const BUSY_DAY = '2024-03-10';
export const BUSY_CONVERSATIONS = 1_200;
export const DIRTY_DAY = '2024-03-11';
/** Holds only rows at its first and last second, and a duplicate that wins over one of DIRTY_DAY. */
export const EDGE_DAY = '2024-03-12';
export const EMPTY_DAY = '2024-03-20';
export const QUIET_DAY = '2024-03-15';

/** Ids that break unquoted or naively quoted filters. */
export const HARD_IDS = [
  'a,b',
  'a,',
  'x(y)',
  'x((y))',
  "it's",
  'say "hi"',
  'null',
  ' pad ',
  'x)~or(Id,gt,0',
  'back\\slash',
  '😀',
  '100%_x',
  'new\nline',
  'a&b=c#d+e',
] as const;
/** Ids that the filter grammar cannot quote at all. */
export const UNQUOTABLE_IDS = [`both ' and "`, 'ends with \\'] as const;
export const QUOTED_APPS = ["O'Neil", 'the "best" shop'] as const;

const conversations: Record<string, unknown>[] = [];
const messages: Record<string, unknown>[] = [];

function conversation(id: string | null, startedAt: string | null, more: Record<string, unknown> = {}): void {
  conversations.push({ conversation_id: id, app_id: 'shop', user_id: 'u1', started_at: startedAt, ...more });
}

function message(conversationId: string, more: Record<string, unknown> = {}): void {
  messages.push({
    conversation_id: conversationId,
    message_id: `m${messages.length + 1}`,
    role: 'user',
    content: `text ${messages.length + 1}`,
    sent_at: '2024-03-11 12:00:00',
    ...more,
  });
}

for (let n = 0; n < BUSY_CONVERSATIONS; n++) {
  const clock = new Date(Date.UTC(2024, 2, 10, 0, 0, n * 70)).toISOString().slice(0, 19).replace('T', ' ');
  conversation(`busy-${n}`, clock, { app_id: n % 4 === 0 ? QUOTED_APPS[0] : 'shop', user_id: `u${n % 50}` });
  for (let m = 0; m < n % 3; m++) message(`busy-${n}`, { role: m === 0 ? 'user' : 'bot', sent_at: clock });
}

const dirty = `${DIRTY_DAY} 10:00:00`;
conversation('long', dirty);
for (let m = 0; m < 60; m++) message('long');
for (const id of [...HARD_IDS, ...UNQUOTABLE_IDS]) {
  conversation(id, dirty);
  message(id);
  message(id, { role: 'bot' });
}
conversation('app-2', dirty, { app_id: QUOTED_APPS[1] });
message('app-2');
conversation('no-app', dirty, { app_id: null, user_id: null });
conversation('closed', dirty, { status: 'closed', closed_at: `${DIRTY_DAY} 10:30:00` });
conversation('dirty-messages', dirty);
message('dirty-messages', { message_id: 'twice', content: 'first' });
message('dirty-messages', { message_id: 'twice', content: 'second' });
message('dirty-messages', { message_id: null });
message('dirty-messages', { message_id: 'no-time', sent_at: null });
message('dirty-messages', { message_id: 'empty', content: null, role: null });
message('dirty-messages', { message_id: 'agent', role: 'agent', agent_id: 'a7', is_private: true });
message('dirty-messages', { message_id: 'file', content: '', attachments: '[{"title":"a.png"}]' });
conversation(null, dirty);
conversation('', dirty);
// The second of two on one day wins: same CreatedAt or a later one, and the higher key.
conversation('twice-a-day', dirty, { user_id: 'loser' });
conversation('twice-a-day', `${DIRTY_DAY} 11:00:00`, { user_id: 'winner' });
message('twice-a-day');
// The first wins once it is updated (TOUCHED).
conversation('touched', dirty, { user_id: 'winner' });
conversation('touched', dirty, { user_id: 'loser' });
message('touched');
// The newest lies on another day: this one is a reject, and its message comes with the winner.
conversation('moved', dirty, { user_id: 'loser' });
message('moved');
// The newest has no start, so no range can return it: the dated one stays.
conversation('half-dated', dirty, { user_id: 'winner' });
message('half-dated');
conversation('half-dated', null, { user_id: 'undated' });

conversation('first-second', `${EDGE_DAY} 00:00:00`);
conversation('last-second', `${EDGE_DAY} 23:59:59`);
conversation('moved', `${EDGE_DAY} 12:00:00`, { user_id: 'winner' });
conversation('second-after', '2024-03-13 00:00:00');
conversation('quiet', `${QUIET_DAY} 08:00:00`);

conversation('no-start', null);
conversation('ancient', '1999-12-31 23:59:59', { app_id: QUOTED_APPS[1] });
conversation('future', '2999-01-01 00:00:00');
message('nobody'); // an orphan

/** `half-dated` without a start, `no-start`, `ancient`, `future`. */
export const UNDATED = 4;
export const KNOWN_APPS = [QUOTED_APPS[0], 'shop', QUOTED_APPS[1]].sort();

export const CONVERSATIONS: ContractTable = {
  title: 'conversations',
  columns: [
    { title: 'conversation_id', uidt: 'SingleLineText' },
    { title: 'app_id', uidt: 'SingleLineText' },
    { title: 'user_id', uidt: 'SingleLineText' },
    { title: 'started_at', uidt: 'DateTime' },
    { title: 'status', uidt: 'SingleLineText' },
    { title: 'closed_at', uidt: 'DateTime' },
  ],
  rows: conversations,
};

export const MESSAGES: ContractTable = {
  title: 'messages',
  columns: [
    { title: 'conversation_id', uidt: 'SingleLineText' },
    { title: 'message_id', uidt: 'SingleLineText' },
    { title: 'role', uidt: 'SingleLineText' },
    { title: 'content', uidt: 'LongText' },
    { title: 'sent_at', uidt: 'DateTime' },
    { title: 'agent_id', uidt: 'SingleLineText' },
    { title: 'is_private', uidt: 'Checkbox' },
    { title: 'attachments', uidt: 'JSON' },
  ],
  rows: messages,
};

/** Tables whose columns have other names and types: only a mapping file can read them. */
export const CHATS: ContractTable = {
  title: 'Chat Sessions',
  columns: [
    { title: 'Ref', uidt: 'Number' },
    { title: 'App', uidt: 'SingleLineText' },
    { title: 'Begun', uidt: 'DateTime' },
  ],
  rows: [
    { Ref: 501, App: 'shop', Begun: `${QUIET_DAY} 09:00:00` },
    { Ref: 502, App: 'shop', Begun: `${QUIET_DAY} 10:00:00` },
  ],
};
export const LINES: ContractTable = {
  title: 'Lines',
  columns: [
    { title: 'Chat', uidt: 'Number' },
    { title: 'Who', uidt: 'SingleLineText' },
    { title: 'Payload', uidt: 'JSON' },
    { title: 'When', uidt: 'DateTime' },
  ],
  rows: [
    { Chat: 501, Who: 'human', Payload: '[{"type":"text","text":"hello"}]', When: `${QUIET_DAY} 09:00:10` },
    { Chat: 501, Who: 'model', Payload: '{"text":"hi"}', When: `${QUIET_DAY} 09:00:12` },
    { Chat: 502, Who: 'human', Payload: null, When: `${QUIET_DAY} 10:00:10` },
  ],
};

/** Row to be updated after all are inserted, in a later second. */
export const TOUCHED = {
  id: conversations.findIndex((row) => row['conversation_id'] === 'touched') + 1,
  change: { user_id: 'winner' },
};

export const ALL_TABLES = [CONVERSATIONS, MESSAGES, CHATS, LINES];

export function conversationsOf(day: string, appId?: string): Record<string, unknown>[] {
  return conversations.filter(
    (row) =>
      typeof row['started_at'] === 'string' &&
      row['started_at'].startsWith(day) &&
      (appId === undefined || row['app_id'] === appId),
  );
}

export function messagesOf(conversationId: string): Record<string, unknown>[] {
  return messages.filter((row) => row['conversation_id'] === conversationId);
}
