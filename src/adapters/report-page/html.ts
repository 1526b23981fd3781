/** Markup that is safe to put into a page as it is; made by `html` alone. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = Markup | string | number | null | false | undefined | readonly Content[];

/**
 * A template of markup: every value put into it is escaped, unless it is Markup itself. Nothing that comes from a source
 * can so become a tag, an attribute or a script.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] ?? '';
  values.forEach((value, i) => {
    text += render(value) + (strings[i + 1] ?? '');
  });
  return new Markup(text);
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function render(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(render).join('');
  return escapeHtml(String(content));
}
