import { compareRowIds } from '../../../src/domain/process/index.js';
import { processThread } from '../../../src/domain/process/index.js';
import { context, DAY, factsOf, LATER, rawMessage, START, thread } from './fixtures.js';

describe('compareRowIds', () => {
  it('orders numbers by value and before text', () => {
    const ids = ['b', '10', '9', 'a', '9007199254740993', '9007199254740992', '007'];
    expect([...ids].sort(compareRowIds)).toEqual([
      '007',
      '9',
      '10',
      '9007199254740992',
      '9007199254740993',
      'a',
      'b',
    ]);
  });
  it('orders keys with the prefix of their table by number', () => {
    const ids = ['user:10', 'user:9', 'bot:11', 'user:x'];
    expect([...ids].sort(compareRowIds)).toEqual(['bot:11', 'user:9', 'user:10', 'user:x']);
  });
  it('tells apart ids of one value', () => {
    expect(compareRowIds('01', '1')).not.toBe(0);
    expect(compareRowIds('1', '1')).toBe(0);
  });
});

describe('order of messages', () => {
  const ids = (messages: ReturnType<typeof rawMessage>[]): string[] =>
    factsOf(thread(messages)).messages.map((message) => message.source_row_id);

  it('is by time, then by primary key as a number', () => {
    expect(
      ids([rawMessage(10), rawMessage(9), rawMessage(3, { sentAt: START + 1000 }), rawMessage(2)]),
    ).toEqual(['2', '9', '10', '3']);
  });
  it('of several tables is by time, then by table, then by primary key', () => {
    const of = (prefix: string, id: number, order: number) =>
      rawMessage(id, { rowId: `${prefix}:${id}`, messageId: `${prefix}:${id}`, order });
    expect(ids([of('bot', 1, 1), of('user', 10, 0), of('user', 9, 0)])).toEqual([
      'user:9',
      'user:10',
      'bot:1',
    ]);
  });
  it('numbers messages from 1 without gaps', () => {
    const { messages } = factsOf(thread([rawMessage(5), rawMessage(7), rawMessage(6)]));
    expect(messages.map((message) => message.seq)).toEqual([1, 2, 3]);
  });
  it.each([
    ['null', null],
    ['before 2000', Date.UTC(1999, 11, 31)],
    ['in the future', LATER + DAY],
  ])('a time that is %s: placed behind the row before it, flagged', (_, sentAt) => {
    const { messages, conversation } = factsOf(
      thread([
        rawMessage(1, { sentAt: START + 1000 }),
        rawMessage(2, { sentAt }),
        rawMessage(3, { sentAt: START + 2000 }),
      ]),
    );
    expect(messages.map((message) => [message.source_row_id, message.sent_at])).toEqual([
      ['1', START + 1000],
      ['2', START + 1000],
      ['3', START + 2000],
    ]);
    expect(messages.map((message) => message.quality_flags)).toEqual([[], ['time_invalid'], []]);
    expect(conversation.quality_flags).toEqual(['time_invalid']);
  });
  it('without a row before it, a message without time stands at the start of the conversation', () => {
    const { messages } = factsOf(
      thread([rawMessage(2, { sentAt: START + 5000 }), rawMessage(1, { sentAt: null })]),
    );
    expect(messages.map((message) => message.sent_at)).toEqual([START, START + 5000]);
  });
  it('a message written while the batch was read is no message from the future', () => {
    const { messages } = factsOf(thread([rawMessage(1, { sentAt: START + 60_000 })], {}, START));
    expect(messages[0]?.quality_flags).toEqual([]);
  });
  it('flags rows that arrived later than their time says', () => {
    const { messages } = factsOf(
      thread([
        rawMessage(1, { sentAt: START + 1000 }),
        rawMessage(2, { sentAt: START + 500 }),
        rawMessage(3, { sentAt: START + 2000 }),
      ]),
    );
    expect(messages.map((message) => [message.source_row_id, message.quality_flags])).toEqual([
      ['2', ['out_of_order']],
      ['1', []],
      ['3', []],
    ]);
  });
  it('does not judge arrival by keys that are no numbers', () => {
    const { messages } = factsOf(
      thread([rawMessage('a', { sentAt: START + 1000 }), rawMessage('b', { sentAt: START })]),
    );
    expect(messages.flatMap((message) => message.quality_flags)).toEqual([]);
  });
});

describe('duplicates', () => {
  const survivors = (...messages: ReturnType<typeof rawMessage>[]) => {
    const { facts, rejects } = processThread(thread(messages), context);
    return {
      kept: facts?.messages.map((message) => message.source_row_id),
      rejected: rejects.map((reject) => [reject.source_row_id, reject.reason, reject.conversation_key]),
    };
  };
  it('the latest UpdatedAt or CreatedAt wins', () => {
    expect(
      survivors(
        rawMessage(1, { messageId: 'x', updatedAt: START + 9 }),
        rawMessage(2, { messageId: 'x', createdAt: START + 5 }),
        rawMessage(3, { messageId: 'y' }),
      ),
    ).toEqual({ kept: ['1', '3'], rejected: [['2', 'duplicate_message', 'src:c1']] });
  });
  it('then the highest primary key, as a number', () => {
    expect(survivors(rawMessage(10, { messageId: 'x' }), rawMessage(9, { messageId: 'x' }))).toEqual({
      kept: ['10'],
      rejected: [['9', 'duplicate_message', 'src:c1']],
    });
  });
  it('a row with a time beats one without', () => {
    expect(
      survivors(
        rawMessage(9, { messageId: 'x', createdAt: null }),
        rawMessage(1, { messageId: 'x', createdAt: START }),
      ).kept,
    ).toEqual(['1']);
  });
});
