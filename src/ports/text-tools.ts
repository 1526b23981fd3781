/** Small text services that `domain` needs and does not import. */
export interface LanguageDetector {
  /** ISO 639-1 code and reliability 0..1; null where the text has no letters or cannot be told. */
  detect(text: string): { language: string; confidence: number } | null;
}

export interface HtmlToText {
  /** True where the text holds markup that a browser would render. */
  looksLikeHtml(text: string): boolean;
  /** Visible text: tags dropped, blocks on lines of their own, entities decoded, scripts and styles left out. */
  toText(html: string): string;
}
