import { describe, expect, it } from '@jest/globals';
import { parseMapping } from '../../../src/adapters/nocodb/mapping.js';

describe('parseMapping', () => {
  it.each(['', '# nothing\n', '{}'])('takes %j as the empty mapping', (text) => {
    expect(parseMapping(text)).toEqual({ conversations: {}, messages: {}, roles: {}, statuses: {} });
  });

  it('reads columns, roles and statuses', () => {
    const mapping = parseMapping(`
conversations:
  id: Ticket No
  app_id: null
messages:
  conversation: Ticket
roles:
  " Human ": user
statuses:
  Parked: open
`);
    expect(mapping.conversations).toEqual({ id: 'Ticket No', app_id: null });
    expect(mapping.messages).toEqual({ conversation: { column: 'Ticket' } });
    expect(mapping.roles).toEqual({ human: 'user' });
    expect(mapping.statuses).toEqual({ parked: 'open' });
  });

  it('lists every mistake', () => {
    const text = 'conversations: { titel: x, started_at: null }\nroles: { human: person }\ntables: {}';
    const failure = () => parseMapping(text);
    expect(failure).toThrow(expect.objectContaining({ type: 'SourceSchema' }));
    expect(failure).toThrow(/titel/);
    expect(failure).toThrow(/conversations\.started_at/);
    expect(failure).toThrow(/roles\.human/);
    expect(failure).toThrow(/tables/);
  });

  it('says so when it is not YAML', () => {
    expect(() => parseMapping('a: [')).toThrow(/not YAML/);
  });
});
