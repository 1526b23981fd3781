import type { ProcessContext, QualityFlag } from './context.js';

/** Longest text that is kept, in UTF-16 units: raw and cleaned text of a message must fit a 16 MB document. */
export const MAX_TEXT_LENGTH = 1_000_000;

/** Printable ASCII, words parted by single blanks: nothing to clean. */
const ALREADY_CLEAN = /^[!-~]+(?: [!-~]+)*$/;
/** Zero-width blanks and joiners, soft hyphens, byte order marks, direction marks and the like. */
const INVISIBLE = /[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
/** (Non-)joiners belong to emoji and to Indic and Persian words; next to ASCII or an edge they are dirt. */
const STRAY_JOINER = /(?<![\u0080-\u{10ffff}])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0080-\u{10ffff}])/gu;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g;
// eslint-disable-next-line no-control-regex -- vertical tab and form feed
const LINE_BREAK = /\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g;
const BLANKS = /[^\S\n]+/g;
const BLANKS_AT_BREAK = / ?\n ?/g;
const MANY_BREAKS = /\n{3,}/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Text as it is measured and classified: markup stripped, Unicode NFC, no control or zero-width characters, runs of
 * blanks folded to one, at most one empty line in a row. Adds to `flags` what was more than white space.
 */
export function cleanText(text: string, html: ProcessContext['html'], flags: Set<QualityFlag>): string {
  if (ALREADY_CLEAN.test(text) && !text.includes('<') && !text.includes('&')) return shorten(text, flags);
  let result = repairUnicode(shorten(text, flags), flags);
  if (html.looksLikeHtml(result)) {
    result = html.toText(result);
    flags.add('html_stripped');
  }
  result = result.replace(LINE_BREAK, '\n');
  const visible = result.replace(CONTROL, '').replace(INVISIBLE, '').replace(STRAY_JOINER, '');
  if (visible.length !== result.length) flags.add('control_characters_removed');
  return visible
    .normalize('NFC')
    .replace(BLANKS, ' ')
    .replace(BLANKS_AT_BREAK, '\n')
    .replace(MANY_BREAKS, '\n\n')
    .trim();
}

/**
 * The source's text as it can be stored: what no UTF-8 store carries safely (halves of surrogate pairs, U+0000)
 * becomes U+FFFD, all else stays.
 */
export function storableText(text: string, flags: Set<QualityFlag>): string {
  return repairUnicode(shorten(text, flags), flags).replaceAll('\u0000', '\ufffd');
}

/** Length in code points. */
export function countCodePoints(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length; i++) {
    // a low surrogate ends a pair; cleaned text has no halves
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) pairs++;
  }
  return text.length - pairs;
}

function repairUnicode(text: string, flags: Set<QualityFlag>): string {
  const repaired = text.replace(LONE_SURROGATE, '\ufffd');
  if (repaired !== text) flags.add('malformed_unicode');
  return repaired;
}

function shorten(text: string, flags: Set<QualityFlag>): string {
  if (text.length <= MAX_TEXT_LENGTH) return text;
  flags.add('text_truncated');
  // never cut a surrogate pair
  const isHigh = (text.charCodeAt(MAX_TEXT_LENGTH - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isHigh ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH);
}
