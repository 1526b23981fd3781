import { startSampleServer, type SampleServer } from '../../src/devstack/sample/server.js';
import { readExpected } from './independent-reader.js';

/** Hand-made rows; what must become of them is written down here, not computed. */
const CONVERSATIONS = [
  { Id: 1, conversation_id: 'a', started_at: '2026-03-02T00:00:00Z' },
  { Id: 2, conversation_id: 'b', started_at: '2026-03-03T23:59:59.900Z' },
  { Id: 3, conversation_id: 'late', started_at: '2026-03-04T00:00:00Z' },
  { Id: 4, conversation_id: 'early', started_at: '2026-03-01T23:59:59Z' },
  // Equal versions: the highest primary key wins.
  { Id: 5, conversation_id: 'tie', started_at: '2026-03-02T10:00:00Z', CreatedAt: '2026-03-02T10:00:00Z' },
  { Id: 6, conversation_id: 'tie', started_at: '2026-03-02T11:00:00Z', CreatedAt: '2026-03-02T10:00:00Z' },
  // Updated later than the other was created.
  {
    Id: 7,
    conversation_id: 'updated',
    started_at: '2026-03-02T10:00:00Z',
    CreatedAt: '2026-03-02T10:00:00Z',
    UpdatedAt: '2026-03-09T10:00:00Z',
  },
  {
    Id: 8,
    conversation_id: 'updated',
    started_at: '2026-03-02T10:00:00Z',
    CreatedAt: '2026-03-08T10:00:00Z',
  },
  // The newer row lies outside the range: the one inside is a duplicate, and nothing is stored.
  { Id: 9, conversation_id: 'moved', started_at: '2026-03-03T10:00:00Z', CreatedAt: '2026-03-03T10:00:00Z' },
  { Id: 10, conversation_id: 'moved', started_at: '2026-03-05T10:00:00Z', CreatedAt: '2026-03-05T10:00:00Z' },
  // No usable start: counted, never stored, and never in the way of a usable row.
  { Id: 11, conversation_id: 'a', started_at: null, UpdatedAt: '2026-04-01T00:00:00Z' },
  { Id: 12, conversation_id: 'old', started_at: '1999-12-31T23:59:59Z' },
  { Id: 13, conversation_id: 'far', started_at: '2199-01-01T00:00:00Z' },
  // No id: a reject where it lies in the range.
  { Id: 14, conversation_id: null, started_at: '2026-03-02T10:00:00Z' },
  { Id: 15, conversation_id: '', started_at: '2026-03-02T10:00:00Z' },
  { Id: 16, conversation_id: null, started_at: '2026-03-20T10:00:00Z' },
];
const MESSAGES = [
  { Id: 1, message_id: 'm1', conversation_id: 'a' },
  { Id: 2, message_id: 'm3', conversation_id: 'a' },
  { Id: 3, message_id: 'm2', conversation_id: 'a' },
  { Id: 4, message_id: null, conversation_id: 'a' },
  { Id: 5, message_id: 'm4', conversation_id: 'tie', CreatedAt: '2026-03-02T10:00:05Z' },
  { Id: 6, message_id: 'm4', conversation_id: 'tie', CreatedAt: '2026-03-02T10:00:04Z' },
  { Id: 7, message_id: 'm5', conversation_id: 'early' },
  { Id: 8, message_id: 'm6', conversation_id: 'nobody' },
  { Id: 9, message_id: 'm7', conversation_id: null },
  { Id: 10, message_id: 'm8', conversation_id: 'moved' },
  // As the first message of conversation a: another message, for ids are its conversation's own.
  { Id: 11, message_id: 'm1', conversation_id: 'tie' },
];

let server: SampleServer;
beforeAll(async () => {
  server = await startSampleServer({
    token: 't',
    tables: [
      {
        title: 'Talks',
        columns: [
          { title: 'conversation_id', uidt: 'SingleLineText' },
          { title: 'started_at', uidt: 'DateTime' },
        ],
        rows: CONVERSATIONS,
      },
      {
        title: 'Lines',
        columns: [
          { title: 'message_id', uidt: 'SingleLineText' },
          { title: 'conversation_id', uidt: 'SingleLineText' },
        ],
        rows: MESSAGES,
      },
    ],
  });
});
afterAll(() => server.close());

const read = (startDate: string, endDate: string) =>
  readExpected({ ...server, conversationsTable: 'Talks', messagesTable: 'Lines', startDate, endDate });

describe('the independent reader', () => {
  it('says what must be stored and what must be rejected', async () => {
    const { conversations, rejects, undated } = await read('2026-03-02', '2026-03-03');
    expect(Object.fromEntries(conversations)).toEqual({
      a: { rowId: '1', day: '2026-03-02', messages: ['m1', 'm2', 'm3'] },
      b: { rowId: '2', day: '2026-03-03', messages: [] },
      tie: { rowId: '6', day: '2026-03-02', messages: ['m1', 'm4'] },
      updated: { rowId: '7', day: '2026-03-02', messages: [] },
    });
    expect(rejects).toEqual([
      { table: 'conversations', rowId: '14', reason: 'invalid_row' },
      { table: 'conversations', rowId: '15', reason: 'invalid_row' },
      { table: 'conversations', rowId: '5', reason: 'duplicate_conversation' },
      { table: 'conversations', rowId: '8', reason: 'duplicate_conversation' },
      { table: 'conversations', rowId: '9', reason: 'duplicate_conversation' },
      { table: 'messages', rowId: '4', reason: 'invalid_row' },
      { table: 'messages', rowId: '6', reason: 'duplicate_message' },
    ]);
    expect(undated).toBe(3);
  });

  it('follows the range', async () => {
    const { conversations, rejects } = await read('2026-03-04', '2026-03-05');
    expect([...conversations.keys()].sort()).toEqual(['late', 'moved']);
    expect(conversations.get('moved')).toEqual({ rowId: '10', day: '2026-03-05', messages: ['m8'] });
    expect(rejects).toEqual([]);
  });

  it('reports a table that is not there, and a refused token', async () => {
    await expect(
      readExpected({ ...server, conversationsTable: 'None', startDate: '2026-03-02', endDate: '2026-03-02' }),
    ).rejects.toThrow('no table None');
    await expect(
      readExpected({ ...server, token: 'wrong', startDate: '2026-03-02', endDate: '2026-03-02' }),
    ).rejects.toThrow('401');
  });
});
