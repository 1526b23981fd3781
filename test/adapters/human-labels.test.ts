import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHumanLabelStore } from '../../src/adapters/human-labels/index.js';
import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import type { StoredLabel } from '../../src/ports/human-labels.js';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'human-labels-'))));
afterEach(() => rmSync(dir, { recursive: true }));
const open = () => createHumanLabelStore(createFileObjectStore(dir));

function given(id: string, label: string, messageId: string | null = null): StoredLabel {
  return {
    conversationKey: `s:${id}`,
    messageId,
    task: 'intent',
    label,
    taxonomyVersion: '1',
    labelledAt: 1,
  };
}

test('keeps labels by conversation and message; the same again changes nothing', async () => {
  const store = open();
  const labels = [given('a', 'complain'), given('a', 'greet', '1'), given('b', 'praise')];
  expect(await store.put(labels)).toEqual({ added: 3, changed: 0, unchanged: 0 });
  expect(await store.put(labels)).toEqual({ added: 0, changed: 0, unchanged: 3 });
  expect(await store.put([given('a', 'ask_price')])).toEqual({ added: 0, changed: 1, unchanged: 0 });
  const found = await open().of(() => ['s:a', 's:none']);
  expect([...found.keys()]).toEqual(['s:a']);
  expect(found.get('s:a')?.map(({ messageId, label }) => [messageId, label])).toEqual([
    [null, 'ask_price'],
    ['1', 'greet'],
  ]);
  expect((await open().all()).map(({ conversationKey }) => conversationKey)).toEqual(['s:a', 's:a', 's:b']);
});

test('a reader sees what another process has added since', async () => {
  const reader = open();
  expect((await reader.of(() => ['s:a'])).size).toBe(0);
  await open().put([given('a', 'complain')]);
  expect((await reader.of(() => ['s:a'])).get('s:a')).toMatchObject([{ label: 'complain' }]);
  await open().put([given('a', 'praise')]);
  expect((await reader.of(() => ['s:a'])).get('s:a')).toMatchObject([{ label: 'praise' }]);
});

test('imports at once lose nothing', async () => {
  const ids = [...Array(40).keys()].map(String);
  await Promise.all(
    [0, 1, 2, 3].map((part) =>
      open().put(ids.filter((_, n) => n % 4 === part).map((id) => given('one', 'praise', id))),
    ),
  );
  expect(await open().all()).toHaveLength(40);
});
