import { describe, expect, it } from '@jest/globals';

import { compareSides, type StoredConversation } from '../../src/domain/compare.js';
import type { SweptConversation } from '../../src/domain/reconcile.js';

const DAY = '2026-03-05';
const SCOPE = { startDate: '2026-03-01', endDate: '2026-03-31', source: 's', sweptAt: 1_000 };

function swept(id: string, more: Partial<SweptConversation> = {}): SweptConversation {
  return { id, rowId: `row-${id}`, day: DAY, appId: 'shop', updatedAt: null, messages: 3, ...more };
}

function stored(id: string, more: Partial<StoredConversation> = {}): StoredConversation {
  return {
    conversation_key: `s:${id}`,
    conversation_id: id,
    source_row_id: `row-${id}`,
    run_id: 'r',
    fetched_at: 500,
    day: DAY,
    updated_at: null,
    deleted: false,
    messages: 3,
    ...more,
  };
}

function compare(
  source: SweptConversation[],
  lake: StoredConversation[],
  more: { rejectedRows?: string[]; appId?: string } = {},
) {
  const { rejectedRows = [], appId } = more;
  const sides = { conversations: lake, rejectedRows };
  return compareSides(source, sides, { ...SCOPE, ...(appId === undefined ? {} : { appId }) });
}

describe('source and lake', () => {
  it('agree where ids, days, stamps and numbers of messages do', () => {
    const found = compare(
      [swept('a'), swept('b'), swept('outside', { day: '2026-04-01' }), swept('undated', { day: null })],
      [stored('a'), stored('b')],
    );
    expect(found).toMatchObject({
      compared: { source: 2, lake: 2 },
      differences: { deleted: 0, missing: 0, changed: 0, deletedMessages: 0, moved: 0 },
      changed: [],
      findings: [],
    });
    expect(found.gone.size).toBe(0);
  });

  it.each<[string, Partial<SweptConversation>, number]>([
    ['a message more', { messages: 4 }, 0],
    ['two messages less', { messages: 1 }, 2],
    ['another stamp', { updatedAt: 700 }, 0],
    ['another row that counts', { rowId: 'row-2' }, 0],
  ])('differ by %s: it is read again', (_, change, deletedMessages) => {
    const found = compare([swept('a', change), swept('b')], [stored('a'), stored('b')]);
    expect(found.differences).toMatchObject({ changed: 1, deletedMessages });
    expect(found.changed).toEqual([{ day: DAY, rows: [{ rowId: change.rowId ?? 'row-a' }], dayCount: 2 }]);
  });

  it('differ by what the source lost: it is gone, unless it is known to be or may be younger than the sweep', () => {
    const found = compare(
      [swept('undated', { day: null })],
      [
        stored('gone'),
        stored('undated'),
        stored('known', { deleted: true }),
        stored('younger', { fetched_at: 1_000 }),
      ],
    );
    expect(found.differences.deleted).toBe(2);
    expect([...found.gone]).toEqual([
      [DAY, ['s:gone', 's:undated'].map((key) => ({ conversation_key: key, fetched_at: 500, run_id: 'r' }))],
    ]);
  });

  it('differ by what the lake lacks, or holds under another day, or takes for deleted; not by what it rejected', () => {
    const found = compare(
      [
        swept('missing'),
        swept('rejected'),
        swept('moved', { day: '2026-03-09' }),
        swept('left', { day: '2026-04-09' }),
        swept('back'),
      ],
      [stored('moved'), stored('left'), stored('back', { deleted: true })],
      { rejectedRows: ['row-rejected'] },
    );
    expect(found.differences).toMatchObject({ missing: 1, moved: 2, changed: 1, deleted: 0 });
    expect(found.changed.map(({ day, rows }) => [day, rows])).toEqual([
      [DAY, [{ rowId: 'row-missing', elsewhere: 's:missing' }, { rowId: 'row-back' }]],
      ['2026-03-09', [{ rowId: 'row-moved', elsewhere: 's:moved' }]],
      ['2026-04-09', [{ rowId: 'row-left', elsewhere: 's:left' }]],
    ]);
  });

  it('of one app leave the others alone', () => {
    const found = compare([swept('a'), swept('b', { appId: 'other' })], [], { appId: 'shop' });
    expect(found.differences.missing).toBe(1);
    expect(found.changed).toMatchObject([{ rows: [{ rowId: 'row-a' }], dayCount: 1 }]);
  });
});
