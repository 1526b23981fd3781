import { Parser } from 'htmlparser2';
import type { HtmlToText } from '../../ports/text-tools.js';

/** An opening or closing tag of HTML by name (so that `a < b` and `<foo>` stay text), a comment, or an entity. */
const MARKUP =
  /<\/?(?:a|abbr|address|article|aside|audio|b|blockquote|body|br|button|center|code|dd|del|div|dl|dt|em|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|main|meta|nav|ol|p|pre|s|script|section|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul|video)(?:\s[^<>]*)?\/?>|<!--|<!doctype\s/i;
const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|nbsp|amp|lt|gt|quot|apos|hellip|[mn]dash|[lr]squo|[lr]dquo);/i;

const LAYOUT = /<(?:br|p|div|li|tr|table|body|h[1-6])[\s/>]/i;

const HIDDEN = new Set(['script', 'style', 'head', 'template', 'noscript', 'svg', 'iframe']);
const BLOCKS = new Set(
  'address article aside blockquote body dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);
const CELLS = new Set(['td', 'th']);

/** Visible text of HTML by a forgiving parser: broken markup and fragments are read as a browser would. */
export function createHtmlToText(): HtmlToText {
  return {
    looksLikeHtml: (text) =>
      (text.includes('<') && MARKUP.test(text)) || (text.includes('&') && ENTITY.test(text)),
    toText: (html) => visibleText(MARKUP.test(html) ? html : html.replaceAll('<', '&lt;')),
  };
}

function visibleText(html: string): string {
  const out: string[] = [];
  let hidden = 0;
  // Line breaks of the source mean nothing between blocks, and everything in text that merely has a tag or entity in it.
  const isLaidOut = LAYOUT.test(html);
  const parser = new Parser(
    {
      onopentagname(name) {
        if (HIDDEN.has(name)) hidden++;
        else if (name === 'br' || BLOCKS.has(name)) out.push('\n');
        else if (CELLS.has(name)) out.push(' ');
      },
      onclosetag(name) {
        if (HIDDEN.has(name)) hidden = Math.max(0, hidden - 1);
        else if (BLOCKS.has(name)) out.push('\n');
      },
      ontext(text) {
        if (hidden === 0) out.push(isLaidOut ? text.replace(/\s+/g, ' ') : text);
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(html);
  return out
    .join('')
    .replace(/[ \t]*\n\s*/g, '\n')
    .trim();
}
