import type { Actor } from '../../../src/domain/schema.js';
import { factsOf, rawMessage, thread } from './fixtures.js';

const actorOf = (role: string | null, roles?: Record<string, Actor>) => {
  const message = factsOf(thread([rawMessage(1, { role })]), { roles }).messages[0]!;
  return [message.actor, message.quality_flags.includes('role_unknown')];
};

describe('roles', () => {
  it.each([
    ['user', 'user'],
    ['Customer ', 'user'],
    ['VISITOR', 'user'],
    ['assistant', 'bot'],
    ['bot', 'bot'],
    ['AI', 'bot'],
    ['model', 'bot'],
    ['agent', 'agent'],
    ['operator', 'agent'],
    ['staff', 'agent'],
    ['human_agent', 'agent'],
    ['system', 'system'],
    ['tool', 'system'],
    ['function', 'system'],
  ])('%s → %s', (role, actor) => {
    expect(actorOf(role)).toEqual([actor, false]);
  });
  it.each([null, '', 'human', 'toString', '__proto__'])('%p is other until it is mapped', (role) => {
    expect(actorOf(role)).toEqual(['other', true]);
  });
  it('the mapping file extends and overrides, compared like the defaults', () => {
    expect(actorOf('human', { ' Human': 'agent' })).toEqual(['agent', false]);
    expect(actorOf('Assistant', { assistant: 'agent' })).toEqual(['agent', false]);
    expect(actorOf('crm', { crm: 'other' })).toEqual(['other', false]);
  });
});
