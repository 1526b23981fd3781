import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { evaluate } from '../../src/client/evaluate.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { train } from '../../src/client/train.js';
import type { LabelledEvaluation } from '../../src/training/index.js';
import { ioOf } from './support.js';

const SUBJECTS = ['my', 'the', 'our', 'that', 'this', 'a', 'her', 'his', 'their', 'your', 'some', 'one'];
const ROWS = SUBJECTS.flatMap((s) => [
  { label: 'track', topic: 'shipping', text: `where is ${s} parcel, it has not come` },
  { label: 'pay', topic: 'money', text: `why was ${s} card, "the new one", declined` },
  { label: 'greet', topic: 'talk', text: `hello to ${s} friends` },
]);
const TEST = [
  'track\twhere is another parcel',
  'pay\twhy is another card declined',
  'greet\thello to friends',
  'oos\tpurple elephants',
];
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

let dir: string;
const file = (name: string, lines: readonly string[]): string => {
  const path = join(dir, name);
  writeFileSync(path, lines.join('\n'));
  return path;
};
const trained = async (source: string, out: string, more: object = {}) => {
  const { io, stdout } = ioOf({});
  const request = { train: source, out: join(dir, out), keep: '0.95', seed: '1', json: true, ...more };
  expect(await train(request, io)).toBe(EXIT.complete);
  return JSON.parse(stdout()) as { weightsSha256: string; intents: string[]; topics: string[] };
};
const measured = async (model: string, more: object = {}) => {
  const { io, stdout } = ioOf({});
  const test = file('test.tsv', TEST);
  const request = { model: join(dir, model), test, task: 'intent', benchmarks: false, json: true, ...more };
  expect(await evaluate(request, io)).toBe(EXIT.complete);
  return stdout();
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'train-command-'));
  await trained(file('a.tsv', ['label\ttext', ...ROWS.map((r) => `${r.label}\t${r.text}`)]), 'tsv');
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true }));

describe('train', () => {
  it('makes the same bytes of the same texts and seed, whatever the form of the file', async () => {
    const csv = file('b.csv', ['text,label', ...ROWS.map((r) => `${quoted(r.text)},${r.label}`)]);
    const json = file(
      'b.jsonl',
      ROWS.map(({ label, text }) => JSON.stringify({ label, text })),
    );
    const sums: string[] = [];
    for (const [n, source] of [csv, json].entries())
      sums.push((await trained(source, `b${String(n)}`)).weightsSha256);
    const { weights } = JSON.parse(readFileSync(join(dir, 'tsv', 'model.json'), 'utf8')) as {
      weights: { sha256: string };
    };
    expect(sums).toEqual([weights.sha256, weights.sha256]);
    expect(readFileSync(join(dir, 'b0', 'model.json'))).toEqual(readFileSync(join(dir, 'tsv', 'model.json')));
    expect((await trained(csv, 'seed', { seed: '2' })).weightsSha256).not.toBe(weights.sha256);
  }, 120_000);

  it('trains topics where the file has them', async () => {
    const csv = file('topics.csv', [
      'text,label,topic',
      ...ROWS.map((r) => `${quoted(r.text)},${r.label},${r.topic}`),
    ]);
    const { topics, intents } = await trained(csv, 'topics');
    expect(topics).toEqual(['money', 'shipping', 'talk']);
    expect(intents).toEqual(['greet', 'pay', 'track']);
  }, 120_000);

  it.each([
    ['nothing to train on', {}, /Neither --train nor --data/],
    ['two things to train on', { train: 'a.tsv', data: '.' }, /cannot be used together/],
    ['a file that is not there', { train: '/nowhere.tsv' }, /cannot be read \(ENOENT\)[\s\S]*Allowed are/],
    ['a file of another form', { train: 'package.json' }, /line 1 has no TAB/],
    ['a seed that is none', { train: 'a.tsv', seed: 'x' }, /--seed "x"/],
  ])('refuses %s, and says what is allowed', async (_, request, message) => {
    const { io } = ioOf({});
    const whole = { out: join(dir, 'refused'), keep: '0.95', seed: '1', json: false, ...request };
    await expect(train(whole, io)).rejects.toThrow(message);
  });

  it('refuses a share that is none', async () => {
    await expect(trained(file('s.tsv', TEST), 'refused', { keep: '2' })).rejects.toThrow(/--keep "2"/);
  });

  it('names the line that cannot be used, never its text', async () => {
    const { io } = ioOf({});
    const bad = file('bad.tsv', ['track\twhere is it', 'secret words without a label']);
    const attempt = train({ train: bad, out: join(dir, 'x'), keep: '1', seed: '1', json: false }, io);
    await expect(attempt).rejects.toThrow(/line 2 has no TAB/);
    await expect(attempt).rejects.not.toThrow(/secret/);
  });
});

describe('evaluate', () => {
  it('measures accuracy, calibration and what is out of scope', async () => {
    const figures = JSON.parse(await measured('tsv')) as LabelledEvaluation;
    expect(figures).toMatchObject({ texts: 3, accuracy: 1, macroF1: 1, outOfScope: { texts: 1, auroc: 1 } });
    expect(figures.confusion).toEqual([
      { truth: 'greet', answer: 'greet', texts: 1 },
      { truth: 'pay', answer: 'pay', texts: 1 },
      { truth: 'track', answer: 'track', texts: 1 },
    ]);
  });

  it('writes a page with the confusion matrix as a picture', async () => {
    const html = join(dir, 'page.html');
    const wrong = file('wrong.tsv', [...TEST, 'pay\twhere is <my> parcel']);
    await measured('tsv', { html, test: wrong });
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('<svg role="img" aria-label="confusion matrix"');
    expect(page).toContain('<title>pay → track: 1 (50.0 %)</title>');
    expect(page).not.toContain('<my>');
    expect(page).not.toMatch(/https?:\/\//);
  });

  it('says the same in lines, and keeps what --write does not replace', async () => {
    const write = file('metrics.json', ['{"speed":1}']);
    expect(await measured('tsv', { json: false, write })).toMatch(/accuracy 100\.0 %.*\n.*\n.*AUROC 1\.000/);
    expect(JSON.parse(readFileSync(write, 'utf8'))).toMatchObject({ speed: 1, accuracy: 1 });
  });

  it('refuses what cannot be measured', async () => {
    await expect(measured('tsv', { task: 'mood' })).rejects.toThrow(/"mood" is no task/);
    await expect(measured('tsv', { task: 'topic' })).rejects.toThrow(/has no topics of its own/);
    await expect(measured('tsv', { data: '.' })).rejects.toThrow(/More than one thing/);
    await expect(measured('tsv', { test: file('o.tsv', ['x\ty']) })).rejects.toThrow(/None of the 1 test/);
  });
});
