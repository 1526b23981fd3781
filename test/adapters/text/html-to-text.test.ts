import { createHtmlToText } from '../../../src/adapters/text/html-to-text.js';

const html = createHtmlToText();

describe('looksLikeHtml', () => {
  it.each([
    ['<p>hi</p>', true],
    ['line<br/>line', true],
    ['<A HREF="x">go</A>', true],
    ['<!-- note -->', true],
    ['fish &amp; chips', true],
    ['a&nbsp;b', true],
    ['&#8364; 5', true],
    ['plain', false],
    ['a < b', false],
    ['I <3 you', false],
    ['List<String> x = y;', false],
    ['AT&T; R&D', false],
    ['https://x.org/?a=1&b=2', false],
    ['<unknown>tag</unknown>', false],
  ])('%s → %p', (text, expected) => {
    expect(html.looksLikeHtml(text)).toBe(expected);
  });
});

describe('toText', () => {
  it.each([
    ['<p>one</p><p>two</p>', 'one\ntwo'],
    ['one<br>two', 'one\ntwo'],
    ['<div>a <b>b</b>\n   c</div>', 'a b c'],
    ['<ul><li>x</li><li>y</li></ul>', 'x\ny'],
    ['<table><tr><td>a</td><td>b</td></tr></table>', 'a b'],
    ['<style>p{}</style><script>if (a<b) go()</script>shown', 'shown'],
    ['<p>unclosed <b>bold', 'unclosed bold'],
    ['</div>stray', 'stray'],
    ['&lt;tag&gt; &amp;amp; &eacute;', '<tag> &amp; é'],
    ['first line\nsecond &amp; last', 'first line\nsecond & last'],
    ['<b>bold</b> first\nsecond', 'bold first\nsecond'],
    ['if a < b &amp; c > d', 'if a < b & c > d'],
    ['<a href="https://x.org">here</a>', 'here'],
  ])('%s → %s', (source, expected) => {
    expect(html.toText(source)).toBe(expected);
  });
  it('takes linear time on hostile markup', () => {
    const started = performance.now();
    for (const hostile of [
      '<'.repeat(200_000),
      '<p '.repeat(60_000),
      '<b>'.repeat(60_000),
      '&#'.repeat(90_000),
    ]) {
      html.looksLikeHtml(hostile);
      html.toText(hostile);
    }
    expect(performance.now() - started).toBeLessThan(4000);
  });
});
