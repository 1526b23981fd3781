import { conversationOf, DAY, HOUR, LATER, START } from './fixtures.js';

const at = (seconds: number): number => START + seconds * 1000;

describe('status', () => {
  it.each([
    [null, null],
    ['', null],
    [' Closed ', 'closed'],
    ['RESOLVED', 'closed'],
    ['solved', 'closed'],
    ['done', 'closed'],
    ['open', 'open'],
    ['New', 'open'],
    ['active', 'open'],
    ['pending', 'open'],
    ['escalated', 'open'],
    ['waiting for parts', null],
  ])('%p → %p', (status, expected) => {
    const facts = conversationOf('u0 b1', { status });
    expect(facts.status).toBe(expected);
    expect(facts.status_raw).toBe(status);
    expect(facts.quality_flags.includes('status_unknown')).toBe(status === 'waiting for parts');
  });
});

describe('closed_at, resolution_source, ended_at', () => {
  it('closed with its time', () => {
    const facts = conversationOf('u0 b60', { status: 'closed', closedAt: at(600) }, at(700));
    expect(facts).toMatchObject({ closed_at: at(600), resolution_source: 'status', ended_at: at(600) });
  });
  it('closed without a time: at the last message', () => {
    const facts = conversationOf('u0 b60 s90', { status: 'closed' }, at(700));
    expect(facts).toMatchObject({
      closed_at: at(90),
      resolution_source: 'status_untimed',
      ended_at: at(90),
    });
  });
  it('closed without time or messages: at its start', () => {
    expect(conversationOf('', { status: 'closed' })).toMatchObject({ closed_at: START, ended_at: START });
  });
  it('a time of closing without a status column is a closing', () => {
    const facts = conversationOf('u0 b60', { closedAt: at(90) }, at(100));
    expect(facts).toMatchObject({ status: null, closed_at: at(90), resolution_source: 'status' });
  });
  it('called open again: an earlier closing is not one', () => {
    const facts = conversationOf('u0 b60', { status: 'open', closedAt: at(90) }, at(100));
    expect(facts).toMatchObject({ status: 'open', closed_at: null, resolution_source: null, ended_at: null });
  });
  it.each([
    ['before the start', START - 1],
    ['before 2000', Date.UTC(1970, 0, 2)],
    ['in the future', LATER + DAY],
  ])('a time of closing %s is flagged and not used', (_, closedAt) => {
    const facts = conversationOf('u0 b60', { status: 'closed', closedAt });
    expect(facts).toMatchObject({ closed_at: at(60), resolution_source: 'status_untimed' });
    expect(facts.quality_flags).toContain('closed_at_invalid');
  });
  it.each([
    ['just under 24 h idle', at(60) + DAY - 1, null, null],
    ['24 h idle', at(60) + DAY, at(60), 'inferred'],
  ])('%s', (_, fetchedAt, ended_at, resolution_source) => {
    expect(conversationOf('u0 b60', {}, fetchedAt)).toMatchObject({
      ended_at,
      resolution_source,
      closed_at: null,
    });
  });
  it('system messages and private notes do not keep a conversation alive', () => {
    expect(conversationOf('u0 b60 s80000 a!80001', {}, at(60) + DAY).ended_at).toBe(at(60));
  });
  it('an open conversation may end idle, but is not resolved', () => {
    const facts = conversationOf('u0 b60', { status: 'open' });
    expect(facts).toMatchObject({ ended_at: at(60), resolution_source: null });
  });
  it('nothing is resolved where no user spoke', () => {
    expect(conversationOf('b0')).toMatchObject({ ended_at: START, resolution_source: null });
  });
  it('an empty conversation ends 24 h after its start', () => {
    expect(conversationOf('', {}, START + 23 * HOUR).ended_at).toBeNull();
    expect(conversationOf('', {}, START + 24 * HOUR).ended_at).toBe(START);
  });
});
