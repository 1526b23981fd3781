import { PassThrough } from 'node:stream';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { defaultModelDir } from '../../src/adapters/classifier/index.js';
import { readModelTaxonomy } from '../../src/adapters/classifier/taxonomy-file.js';
import { classify } from '../../src/client/classify.js';
import { UsageError } from '../../src/client/errors.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { ioOf } from './support.js';

const taxonomy = readModelTaxonomy(defaultModelDir());
const parse = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('classify', () => {
  it('gives each text of the arguments labels of the taxonomy, a JSON object a line', async () => {
    const { io, stdout } = ioOf({});
    const texts = ['where is my order, it should have been here on Monday', '4711', ''];
    expect(await classify({ texts, json: true }, io)).toBe(EXIT.complete);
    const rows = parse(stdout());
    expect(rows.map(({ text }) => text)).toEqual(texts);
    expect(rows[0]).toMatchObject({ topic: 'shipping_delivery', intent: 'track_order', reason: null });
    expect(rows[1]).toMatchObject({ intent: 'unknown', reason: 'short' });
    expect(rows[2]).toMatchObject({ intent: 'unknown', reason: 'empty', sentiment_score: null });
    for (const { topic, intent } of rows) {
      expect(taxonomy.topics.map(({ id }) => id)).toContain(topic);
      expect([...taxonomy.intents.map(({ id }) => id), 'unknown']).toContain(intent);
    }
  });

  it('reads a text a line from a file, and from standard input', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'classify-'));
    try {
      const file = join(dir, 'texts.txt');
      writeFileSync(file, 'thank you so much\r\nmy card was declined\n');
      const fromFile = ioOf({});
      await classify({ texts: [], file, json: true }, fromFile.io);
      const piped = ioOf({});
      (piped.io.stdin as unknown as PassThrough).end('thank you so much\nmy card was declined\n');
      await classify({ texts: [], json: true }, piped.io);
      expect(parse(fromFile.stdout()).map(({ text }) => text)).toEqual([
        'thank you so much',
        'my card was declined',
      ]);
      expect(piped.stdout()).toBe(fromFile.stdout());
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('shows a table to people, without what could steer their terminal', async () => {
    const { io, stdout } = ioOf({});
    await classify({ texts: ['where is my order\u001b[2J'], json: false }, io);
    expect(stdout()).toMatch(/^TOPIC +INTENT +SENTIMENT +TEXT\n/);
    expect(stdout()).not.toContain('\u001b');
  });

  it('says what is allowed where there is no text, no file, or both', async () => {
    const { io } = ioOf({});
    await expect(classify({ texts: ['a'], file: 'b', json: false }, io)).rejects.toThrow(
      /cannot be used together/,
    );
    await expect(classify({ texts: [], file: '/nowhere', json: false }, io)).rejects.toThrow(UsageError);
    const terminal = { ...io, stdin: Object.assign(new PassThrough(), { isTTY: true }) as never };
    await expect(classify({ texts: [], json: false }, terminal)).rejects.toThrow(/There is no text/);
    await expect(classify({ texts: ['a'], model: '/nowhere', json: false }, io)).rejects.toMatchObject({
      type: 'ModelUnavailable',
    });
  });
});
