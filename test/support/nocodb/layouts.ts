import type { SampleColumn, SampleRow, SampleTable } from '../../../src/devstack/sample/table.js';

/**
 * The same six conversations, laid out in tables as different people do. Every layout is read by the same expectations:
 * which day each belongs to, who said what when, and how many rows belong to no day.
 */
export const DAY = '2024-05-01';
export const DAY_BEFORE = '2024-04-30';
export const DAY_AFTER = '2024-05-02';

interface Talk {
  id: string;
  /** Epoch ms; null: the row says nothing. */
  start: number | null;
}
const at = (text: string) => Date.parse(text);
export const TALKS: readonly Talk[] = [
  { id: 't-first', start: at(`${DAY}T00:00:00Z`) },
  { id: 't-last', start: at(`${DAY}T23:59:59Z`) },
  { id: 't-before', start: at(`${DAY_BEFORE}T23:59:59Z`) },
  { id: 't-after', start: at(`${DAY_AFTER}T00:00:00Z`) },
  { id: 't-null', start: null },
  { id: 't-old', start: at('1999-12-30T12:00:00Z') },
];
/** Rows that belong to no day: without a start, and too old. */
export const UNDATED = 2;
/** Said in the conversation that starts first on the day: seconds after its start, both lines in one second. */
export const LINES = [
  { role: 'user', text: 'Where is my parcel?', after: 10 },
  { role: 'bot', text: 'On its way.', after: 10 },
  { role: 'user', text: 'Thanks', after: 25 },
] as const;

export interface Layout {
  name: string;
  tables: SampleTable[];
  mapping?: string;
  conversationsTable?: string;
  messagesTable?: string;
  /** What the day's starts are where the layout keeps less than an instant. */
  startOf?: (start: number) => number;
  /** Contents as the source hands them over; default the text. */
  contentOf?: (text: string) => unknown;
  /** Expected undated rows, where the layout leaves some out. */
  undated?: number;
  /** Ids that are read: of the row, where the layout has no other. */
  idOf?: (talk: number) => string;
  attachments?: boolean;
  userId?: null;
  /** Needs what only the sample server can be told: a table of another database, or a link set up by hand. */
  sampleOnly?: true;
}

interface Names {
  table?: string;
  lines?: string;
  id?: string | null;
  app?: string;
  user?: string | null;
  start?: string;
  status?: string;
  key?: string;
  role?: string;
  content?: string;
  sent?: string;
}

/** How a layout writes values; defaults: snake case, NocoDB's own types. */
interface Writing extends Names {
  time?: (ms: number, index: number) => unknown;
  timeType?: SampleColumn['uidt'];
  keyOf?: (talk: number) => unknown;
  keyType?: SampleColumn['uidt'];
  content_?: (text: string) => unknown;
  contentType?: SampleColumn['uidt'];
  moreLineColumns?: SampleColumn[];
  external?: boolean;
}

const dateTime = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

export function tablesOf(writing: Writing = {}): SampleTable[] {
  const {
    table = 'conversations',
    lines = 'messages',
    id = 'conversation_id',
    app = 'app_id',
    user = 'user_id',
    start = 'started_at',
    status = 'status',
    key = 'conversation_id',
    role = 'role',
    content = 'content',
    sent = 'sent_at',
    time = dateTime,
    timeType = 'DateTime',
    keyOf = (talk: number) => TALKS[talk]?.id,
    keyType = 'SingleLineText',
    content_ = (text: string) => text,
    contentType = 'LongText',
    moreLineColumns = [],
    external = false,
  } = writing;
  const text = (title: string): SampleColumn => ({ title, uidt: 'SingleLineText' });
  const conversations: SampleRow[] = TALKS.map((talk, index) => ({
    ...(id === null ? {} : { [id]: talk.id }),
    [app]: 'shop',
    ...(user === null ? {} : { [user]: 'u1' }),
    [start]: talk.start === null ? null : time(talk.start, index),
    [status]: 'closed',
  }));
  const messages: SampleRow[] = LINES.map((line, index) => ({
    [key]: keyOf(0),
    [role]: line.role,
    [content]: content_(line.text),
    [sent]: time((TALKS[0]?.start ?? 0) + line.after * 1000, index),
  }));
  return [
    {
      title: table,
      columns: [
        ...(id === null ? [] : [text(id)]),
        text(app),
        ...(user === null ? [] : [text(user)]),
        { title: start, uidt: timeType },
        text(status),
      ],
      rows: conversations,
      external,
    },
    {
      title: lines,
      columns: [
        { title: key, uidt: keyType },
        text(role),
        { title: content, uidt: contentType },
        { title: sent, uidt: timeType },
        ...moreLineColumns,
      ],
      rows: messages,
      external,
    },
  ];
}

/** The same instant as clocks in several places write it. */
function withOffset(ms: number, index: number): string {
  const zones = [
    [0, 'Z'],
    [330, '+05:30'],
    [-180, '-03:00'],
    [840, '+14:00'],
    [-720, '-12:00'],
  ] as const;
  const [minutes, name] = zones[index % zones.length] ?? [0, 'Z'];
  return `${new Date(ms + minutes * 60_000).toISOString().slice(0, 19)}${name}`;
}

/** Berlin in summer: two hours ahead of UTC; in the winter of 1999 one. */
const inBerlin = (ms: number) => dateTime(ms + (ms < at('2000-01-01T00:00:00Z') ? 1 : 2) * 3_600_000);
const startOfDay = (ms: number) => Math.floor(ms / 86_400_000) * 86_400_000;
const parts = (text: string) => [{ type: 'text', text }];

function perRole(): SampleTable[] {
  const [conversations, messages] = tablesOf();
  if (!conversations || !messages) throw new Error('two tables');
  const of = (role: string, title: string): SampleTable => ({
    title,
    columns: messages.columns.filter((column) => column.title !== 'role'),
    rows: messages.rows
      .filter((row) => row['role'] === role)
      .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'role'))),
  });
  return [conversations, of('user', 'User Messages'), of('bot', 'Bot Replies')];
}

function linked(columns: SampleColumn[]): SampleTable[] {
  return tablesOf({
    key: 'conversations_id',
    keyType: 'ForeignKey',
    keyOf: (talk) => talk + 1,
    moreLineColumns: columns,
  });
}

export const LAYOUTS: readonly Layout[] = [
  { name: 'snake case', tables: tablesOf() },
  {
    name: 'camelCase',
    tables: tablesOf({
      id: 'conversationId',
      app: 'appId',
      user: 'userId',
      start: 'startedAt',
      key: 'conversationId',
      role: 'senderType',
      content: 'text',
      sent: 'sentAt',
    }),
  },
  {
    name: 'names with spaces',
    conversationsTable: 'Chat Sessions',
    messagesTable: 'Chat Messages',
    tables: tablesOf({
      table: 'Chat Sessions',
      lines: 'Chat Messages',
      id: 'Conversation Id',
      app: 'App Id',
      user: 'User Id',
      start: 'Started At',
      key: 'Conversation Id',
      role: 'Sender Type',
      content: 'Message',
      sent: 'Sent At',
    }),
  },
  {
    name: 'a link instead of a key',
    sampleOnly: true,
    tables: linked([
      {
        title: 'Conversation',
        uidt: 'LinkToAnotherRecord',
        link: { table: 'conversations', key: 'conversations_id' },
      },
    ]),
  },
  {
    name: 'a foreign key without its link',
    sampleOnly: true,
    tables: tablesOf({ keyType: 'ForeignKey', keyOf: (talk) => talk + 1 }),
  },
  {
    name: 'a number that is the primary key of the conversation',
    tables: tablesOf({ keyType: 'Number', keyOf: (talk) => talk + 1 }),
    mapping: 'messages: { conversation: { column: conversation_id, holds: primary_key } }',
  },
  {
    name: 'no id but the primary key',
    tables: tablesOf({ id: null, keyType: 'Number', keyOf: (talk) => talk + 1 }),
    idOf: (talk) => String(talk + 1),
  },
  { name: 'dates as text, with offsets', tables: tablesOf({ timeType: 'SingleLineText', time: withOffset }) },
  {
    name: 'times as text without an offset, and their zone',
    tables: tablesOf({ timeType: 'SingleLineText', time: inBerlin }),
    mapping: 'timezone: Europe/Berlin',
  },
  {
    name: 'date columns that show the clock of a zone',
    tables: tablesOf({ time: inBerlin }),
    mapping:
      'conversations: { started_at: { column: started_at, timezone: Europe/Berlin } }\n' +
      'messages: { sent_at: { column: sent_at, timezone: Europe/Berlin } }',
  },
  {
    name: 'days alone',
    tables: tablesOf({ timeType: 'Date', time: (ms) => new Date(ms).toISOString().slice(0, 10) }),
    startOf: startOfDay,
  },
  { name: 'epoch seconds', tables: tablesOf({ timeType: 'Number', time: (ms) => ms / 1000 }) },
  { name: 'epoch milliseconds', tables: tablesOf({ timeType: 'Number', time: (ms) => ms }) },
  {
    name: 'epoch seconds and milliseconds in one column',
    tables: tablesOf({ timeType: 'Number', time: (ms, index) => (index % 2 === 0 ? ms / 1000 : ms) }),
  },
  {
    name: 'epoch as text',
    tables: tablesOf({
      timeType: 'SingleLineText',
      time: (ms, index) => String(index % 2 === 0 ? ms / 1000 : ms),
    }),
    // Digits do not tell the server of what year they are.
    undated: 1,
  },
  {
    name: 'JSON content arrays',
    tables: tablesOf({ contentType: 'JSON', content_: (text) => JSON.stringify(parts(text)) }),
    contentOf: parts,
  },
  {
    name: 'JSON content arrays as text',
    tables: tablesOf({ content_: (text) => JSON.stringify(parts(text)) }),
    contentOf: (text) => JSON.stringify(parts(text)),
  },
  {
    name: 'attachments only',
    tables: tablesOf({
      content: 'Files',
      contentType: 'JSON',
      content_: () => JSON.stringify([{ title: 'parcel.jpg', mimetype: 'image/jpeg' }]),
    }),
    mapping: 'messages: { content: null, attachments: Files }',
    contentOf: () => null,
    attachments: true,
  },
  {
    name: 'one table a role',
    tables: perRole(),
    mapping: `
messages:
  - { table: User Messages, role: { always: user } }
  - { table: Bot Replies, role: { always: bot } }
`,
  },
  { name: 'no user id', tables: tablesOf({ user: null }), userId: null },
  {
    name: 'a table of another database, without CreatedAt',
    sampleOnly: true,
    tables: tablesOf({ external: true }),
  },
  {
    name: 'a table of another database with its own created_at',
    sampleOnly: true,
    tables: tablesOf({ external: true, start: 'created_at', sent: 'created_at' }),
  },
  {
    name: 'names of its own, all mapped',
    conversationsTable: 'Tickets',
    messagesTable: 'Zeilen',
    tables: tablesOf({
      table: 'Tickets',
      lines: 'Zeilen',
      id: 'Ticket No',
      app: 'Marke',
      user: 'Kunde',
      start: 'Eröffnet',
      status: 'Stand',
      key: 'Ticket',
      role: 'Von',
      content: 'Inhalt',
      sent: 'Um',
    }),
    mapping: `
conversations: { id: Ticket No, app_id: Marke, user_id: Kunde, started_at: Eröffnet, status: Stand }
messages: { conversation: Ticket, role: Von, content: Inhalt, sent_at: Um }
`,
  },
];
