import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { defaultModelDir } from '../../src/adapters/classifier/index.js';
import { readModelTaxonomy } from '../../src/adapters/classifier/taxonomy-file.js';
import { UsageError } from '../../src/client/errors.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { exportLabels, importLabels, listLabels } from '../../src/client/human-labels/index.js';
import { readLabelLines } from '../../src/client/human-labels/read.js';
import { ioOf } from './support.js';

const context = { taxonomy: readModelTaxonomy(defaultModelDir()), source: 'shop', now: 1 };
const read = (name: string, ...lines: string[]) => readLabelLines(name, lines.join('\n'), context);

describe('a file of labels', () => {
  it('is CSV with its columns in any order, or JSON lines', () => {
    const csv = read(
      'x.csv',
      'label,task,conversation_id,message_id,note',
      'greet,intent,"a,1",7,x',
      'other,topic,b,,',
    );
    expect(csv).toEqual({
      rejected: [],
      labels: [
        {
          conversationKey: 'shop:a,1',
          messageId: '7',
          task: 'intent',
          label: 'greet',
          taxonomyVersion: '1',
          labelledAt: 1,
        },
        {
          conversationKey: 'shop:b',
          messageId: null,
          task: 'topic',
          label: 'other',
          taxonomyVersion: '1',
          labelledAt: 1,
        },
      ],
    });
    const json = read(
      'x.jsonl',
      '{"conversation_id": 5, "task": "sentiment", "label": "very_negative", "source": "bank"}',
    );
    expect(json.labels).toMatchObject([
      { conversationKey: 'bank:5', task: 'sentiment', label: 'very_negative' },
    ]);
  });

  it('that has other columns is refused as a whole', () => {
    expect(() => read('x.csv', 'id,label', 'a,greet')).toThrow(UsageError);
    expect(() => read('x.csv', 'id,label', 'a,greet')).toThrow(
      /conversation_id, task.*\n.*columns.*\nFor example/,
    );
  });

  it.each([
    [
      'a label that is not in the taxonomy',
      'a,,intent,refnd',
      /"refnd" is no intent of taxonomy 1: allowed are .*request_refund/,
    ],
    ['another sentiment', 'a,,sentiment,happy', /"happy" is no sentiment.*very_positive/],
    ['another task', 'a,,mood,happy', /task "mood": allowed are topic, intent, sentiment/],
    [
      'a topic of a message',
      'a,1,topic,other',
      /a message has no topic: allowed with message_id are intent, sentiment/,
    ],
    ['no conversation', ',,topic,other', /no conversation_id/],
    ['no label', 'a,,topic,', /"" is no topic/],
  ])('rejects %s, naming value and what is allowed', (_, line, reason) => {
    const { labels, rejected } = read(
      'x.csv',
      'conversation_id,message_id,task,label',
      line,
      'z,,topic,other',
    );
    expect(labels).toHaveLength(1);
    expect(rejected).toEqual([expect.objectContaining({ line: 2 })]);
    expect(rejected[0]?.reason).toMatch(reason);
  });

  it('rejects lines that are no objects, and those that contradict an earlier one', () => {
    const line = (label: string) => `{"conversation_id":"a","task":"topic","label":"${label}"}`;
    const { labels, rejected } = read(
      'x.jsonl',
      '{',
      '[1]',
      line('other'),
      line('other'),
      line('how_to_usage'),
    );
    expect(labels).toHaveLength(2);
    expect(rejected.map((r) => [r.line, r.reason])).toEqual([
      [1, 'is not a JSON object with text values'],
      [2, 'is not a JSON object with text values'],
      [5, 'says how_to_usage where line 3 says other of the same'],
    ]);
  });
});

describe('the commands', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'labels-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const io = () => ioOf({ LAKE_DIR: join(dir, 'lake'), CONVERSATION_ANALYTICS_DATA: dir });
  const file = (content: string): string => {
    const path = join(dir, 'labels.csv');
    writeFileSync(path, content);
    return path;
  };

  it('import keeps what can be used, writes the rest aside, and repeats without harm', async () => {
    const path = file('conversation_id,task,label\na,topic,other\nb,topic,nonsense\n');
    const first = io();
    expect(await importLabels({ file: path, source: 'shop', json: true }, first.io)).toBe(EXIT.partial);
    expect(JSON.parse(first.stdout())).toMatchObject({
      added: 1,
      unchanged: 0,
      rejected: 1,
      stored: 0,
      days: [],
    });
    expect(first.stderr()).toContain('line 3: label "nonsense" is no topic');
    const rejects = readFileSync(`${path}.rejects.jsonl`, 'utf8').trim().split('\n');
    expect(JSON.parse(rejects[0]!)).toMatchObject({ line: 3, content: 'b,topic,nonsense' });

    const again = io();
    await importLabels({ file: path, source: 'shop', json: true }, again.io);
    expect(JSON.parse(again.stdout())).toMatchObject({ added: 0, changed: 0, unchanged: 1 });
  });

  it('import of nothing but faults is wrong usage, and keeps nothing', async () => {
    const { io: streams } = io();
    const path = file('conversation_id,task,label\nb,topic,nonsense\n');
    expect(await importLabels({ file: path, source: 'shop', json: false }, streams)).toBe(EXIT.usage);
    const listed = io();
    await listLabels({ limit: 10, json: false }, listed.io);
    expect(listed.stdout()).toContain('No labels of people');
  });

  it('export prints what import reads', async () => {
    const path = file('conversation_id,message_id,task,label\n"a ""1"", x",,topic,other\nb,2,intent,greet\n');
    await importLabels({ file: path, source: 'shop', json: false }, io().io);
    expect(existsSync(`${path}.rejects.jsonl`)).toBe(false);
    const printed = io();
    await exportLabels({ json: false }, printed.io);
    const again = io();
    await importLabels({ file: file(printed.stdout()), json: true }, again.io);
    expect(JSON.parse(again.stdout())).toMatchObject({ added: 0, changed: 0, unchanged: 2, rejected: 0 });
    const listed = io();
    await listLabels({ task: 'intent', limit: 10, json: true }, listed.io);
    expect(JSON.parse(listed.stdout())).toMatchObject({
      total: 1,
      labels: [{ source: 'shop', conversation_id: 'b', message_id: '2', label: 'greet' }],
    });
    await expect(listLabels({ task: 'mood', limit: 10, json: true }, io().io)).rejects.toThrow(
      /topic, intent, sentiment/,
    );
  });
});
