import { gzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import {
  decodeNdjson,
  encodeNdjson,
  iterateNdjson,
  packNdjson,
} from '../../../src/adapters/staging/ndjson.js';

it.each([
  ['gzip', encodeNdjson],
  ['snappy', packNdjson],
])('gives back what it was given, of any size, by %s', (_, encodeNdjson) => {
  const items = [{ a: 'line\nbreak \u2028 😀', n: null }, [], 'text', 0, true];
  expect(decodeNdjson(encodeNdjson(items))).toEqual(items);
  expect(decodeNdjson(encodeNdjson([]))).toEqual([]);
  // Larger than a chunk of the encoder.
  const large = Array.from({ length: 12 }, (_, i) => ({ i, text: 'ä'.repeat(1_000_000) }));
  expect([...iterateNdjson(encodeNdjson(large))]).toEqual(large);
});

it('says that bytes are no staging, without quoting them', () => {
  expect(() => decodeNdjson(Buffer.from('private'))).toThrow('neither snappy nor gzip');
  const cut = () => decodeNdjson(gzipSync('{"a":1}\n{"text":"private'));
  expect(cut).toThrow('line 2 of a staged object is not JSON');
  expect(cut).not.toThrow('private');
});
