import { expect, it } from '@jest/globals';

import { colorsFor } from '../../../src/client/render/colors.js';
import { previewLines } from '../../../src/client/render/preview.js';
import type { RawThread } from '../../../src/domain/records.js';

const colors = colorsFor({}, {});
const thread = {
  conversation: {
    conversationId: 'c\u001b[2J',
    startedAt: Date.UTC(2024, 4, 1),
    appId: null,
    userId: 'u',
    status: 'open',
  },
  messages: [{ role: 'user', content: [{ type: 'text', text: 'a\u001b]0;x\u0007\nb\u202e' }] }],
} as unknown as RawThread;

it('shows text at a terminal, without anything that could steer it, and nowhere else', () => {
  expect(previewLines([thread], true, colors)).toEqual([
    'c [2J  2024-05-01 00:00 UTC  app –  user u  status open  1 message',
    '    user: a ]0;x b',
  ]);
  expect(previewLines([thread], false, colors)).toHaveLength(1);
});

it('says so where nothing has a date', () => {
  expect(previewLines([], true, colors)).toEqual(['No conversation has a date that can be read yet.']);
});
