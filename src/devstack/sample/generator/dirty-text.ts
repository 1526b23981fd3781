import type { Random } from './random.js';

/** The same text as HTML, as a mail gateway or a rich-text widget would store it. */
export function htmlOf(text: string, random: Random): string {
  const safe = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const spaced = safe.replace(' ', '&nbsp;');
  return random.pick([
    `<p>${safe}</p>`,
    `<div class="msg"><span style="color:#333">${spaced}</span><br/></div>`,
    `<style>.m{margin:0}</style><p class="m">${safe}</p><script>track(1)</script>`,
    `<ul><li>${safe}</li></ul>`,
  ]);
}

/** The same text with what copying from phones and word processors brings along. */
export function mixedUnicode(text: string, random: Random): string {
  const middle = Math.floor(text.length / 2);
  const insert = (mark: string): string => text.slice(0, middle) + mark + text.slice(middle);
  return random.pick([
    () => insert('\u200b\u200d'),
    () => `\ufeff${text}\u0007`,
    () => `${text.normalize('NFD')} cafe\u0301`,
    () => text.replace(/ /g, '\u00a0'),
    () => insert('\u202e\u202c'),
    () => `${text}\u0001\u0002`,
  ])();
}

/** The same text as the content array of a language model's chat format. */
export function jsonOf(text: string, random: Random): string {
  return JSON.stringify(
    random.pick<unknown>([
      [{ type: 'text', text }],
      [
        { type: 'text', text },
        { type: 'image_url', image_url: { url: 'https://files.example/1.png' } },
      ],
      [{ type: 'output_text', text, annotations: [] }],
    ]),
  );
}

/** A log that somebody pasted, exactly so long. NocoDB itself takes 100,000 characters at most. */
export function longText(characters: number): string {
  const lines: string[] = ['This is what the log says:'];
  for (let length = 0, line = 1; length < characters; line += 1) {
    const text = `line ${line}: step ${(line * 7919) % 1000} took ${(line * 31) % 97} ms, nothing else to note`;
    lines.push(text);
    length += text.length + 1;
  }
  return lines.join('\n').slice(0, characters);
}
