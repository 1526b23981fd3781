import { createHtmlToText } from '../../../src/adapters/text/html-to-text.js';
import type { RawMessage } from '../../../src/domain/records.js';
import { factsOf, rawMessage, thread } from './fixtures.js';

const read = (content: RawMessage['content'], over: Partial<RawMessage> = {}) =>
  factsOf(thread([rawMessage(1, { content, ...over })]), { html: createHtmlToText() }).messages[0]!;

describe('content', () => {
  it.each<[string, RawMessage['content'], string | null, string]>([
    ['plain text', 'hello there', 'hello there', 'text'],
    ['null', null, null, 'empty'],
    ['blank', ' \n\t', null, 'empty'],
    ['only invisible characters', '\u200b\ufeff', null, 'empty'],
    ['a number', 42, '42', 'text'],
    ['a boolean', false, 'false', 'text'],
    ['an empty array', [], null, 'empty'],
    [
      'parts',
      [
        { type: 'text', text: 'one' },
        { type: 'text', text: 'two' },
      ],
      'one\ntwo',
      'json',
    ],
    [
      'a part with a nested value',
      [{ type: 'text', text: { value: 'deep', annotations: [] } }],
      'deep',
      'json',
    ],
    ['an object with parts', { content_type: 'text', parts: ['a', 'b'] }, 'a\nb', 'json'],
    ['an object with a body', { type: 'text', text: { body: 'hi' } }, 'hi', 'json'],
    ['an image', [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }], null, 'attachment'],
    [
      'an image with words',
      [
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url: 'u' } },
      ],
      'see',
      'json',
    ],
    [
      'calls of tools are not said',
      [
        { type: 'tool_use', text: 'x' },
        { type: 'text', text: 'ok' },
      ],
      'ok',
      'json',
    ],
    ['JSON as text', '[{"type":"text","text":"hi"}]', 'hi', 'json'],
    ['text that quotes JSON', '{"price": 3}', '{"price": 3}', 'text'],
    ['text in brackets', '[urgent] help', '[urgent] help', 'text'],
    ['JSON without text', { price: 3 }, null, 'json'],
  ])('%s', (_, content, text, content_type) => {
    expect(read(content)).toMatchObject({ text, content_type });
  });
  it('keeps messages that are only an attachment', () => {
    expect(read('', { hasAttachments: true })).toMatchObject({
      content_type: 'attachment',
      text: null,
      char_count: 0,
    });
  });
  it('flags JSON that has no text in a place that we know, and JSON that is broken', () => {
    expect(read({ price: 3 }).quality_flags).toEqual(['content_json_unreadable']);
    expect(read('[{"type":"text","text":"hi"]').quality_flags).toEqual(['content_json_unreadable']);
    expect(read('[{"type":"text","text":"hi"]').text).toBe('[{"type":"text","text":"hi"]');
    expect(read('{"price": 3}').quality_flags).toEqual([]);
  });
  it('does not run out of stack on JSON nested without end', () => {
    let nested: RawMessage['content'] = 'deep';
    for (let i = 0; i < 50_000; i++) nested = [nested];
    expect(read(nested)).toMatchObject({ text: null, quality_flags: ['content_json_unreadable'] });
  });
  it('keeps the raw content in its string form', () => {
    const parts = [{ type: 'text', text: 'a  b' }];
    expect(read(parts)).toMatchObject({ text: 'a b', text_raw: JSON.stringify(parts) });
    expect(read(' a <b>b</b> ').text_raw).toBe(' a <b>b</b> ');
    expect(read(null).text_raw).toBeNull();
  });
});

describe('cleaning', () => {
  it.each<[string, string, string, string[]]>([
    ['folds blanks', '  a \t\u00a0 b  ', 'a b', []],
    ['keeps line breaks', 'a \r\n b\rc', 'a\nb\nc', []],
    ['one empty line at most', 'a\n\n\n\n\nb', 'a\n\nb', []],
    ['composes (NFC)', 'cafe\u0301', 'caf\u00e9', []],
    ['strips markup', '<p>Hello&nbsp;<b>you</b></p><p>two</p>', 'Hello you\ntwo', ['html_stripped']],
    ['decodes entities', 'a &amp; b &lt; c', 'a & b < c', ['html_stripped']],
    ['leaves comparisons', 'a < b and c > d & e', 'a < b and c > d & e', []],
    ['removes control characters', 'a\u0000b\u0007c', 'abc', ['control_characters_removed']],
    ['removes zero-width characters', 'a\u200bb\ufeff\u202ec', 'abc', ['control_characters_removed']],
    ['keeps joiners of emoji', '👩\u200d💻 ok', '👩\u200d💻 ok', []],
    ['removes stray joiners', 'a\u200db\u200c', 'ab', ['control_characters_removed']],
    ['repairs half characters', 'a\ud83d b', 'a\ufffd b', ['malformed_unicode']],
  ])('%s', (_, content, text, flags) => {
    const message = read(content);
    expect(message.text).toBe(text);
    expect(message.quality_flags).toEqual(flags);
  });
  it('counts code points of the cleaned text', () => {
    expect(read('  a😀é ').char_count).toBe(3);
    expect(read(null).char_count).toBe(0);
  });
  it('keeps raw text but what no store can carry', () => {
    expect(read('a\u0000\u200bb\ud83d').text_raw).toBe('a\ufffd\u200bb\ufffd');
  });
  it('cuts texts of more than a million characters, never within one', () => {
    const message = read(`${'x'.repeat(999_999)}😀y`);
    expect(message.quality_flags).toEqual(['text_truncated']);
    expect(message.text).toBe('x'.repeat(999_999));
    expect(message.text_raw?.length).toBe(999_999);
  });
});
