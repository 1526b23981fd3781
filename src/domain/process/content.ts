/** Finds the spoken text in whatever a content column holds: text, or JSON of the common chat formats. */

export interface ContentReading {
  /** Spoken text, not yet cleaned; empty where there is none. */
  text: string;
  /** The source's value in string form; null: there is none. */
  raw: string | null;
  /** True where the text came out of a JSON array or object. */
  isJson: boolean;
  /** True where the JSON names an image, a file or the like. */
  hasAttachment: boolean;
  /** JSON that is broken, or that has neither text nor attachment in a place that we know. */
  unreadable: boolean;
}

/** Deeper structures are no chat content; the bound keeps hostile JSON off the stack. */
const MAX_DEPTH = 16;
const TEXT_KEYS = ['text', 'content', 'parts', 'value', 'body', 'message', 'caption', 'transcript'] as const;
const ATTACHMENT_TYPE = /image|file|audio|video|document|attachment|location|sticker|media/i;
/** Parts of a message that nobody said: calls of tools, their results, hidden reasoning. */
const UNSPOKEN_TYPE = /^(tool|function|thinking|reasoning|redacted)/i;

interface Findings {
  texts: string[];
  hasAttachment: boolean;
}

/** @param content what the source holds: text, a JSON value, or null. Never throws. */
export function readContent(content: unknown): ContentReading {
  if (content === null || content === undefined) return plain('', null);
  if (typeof content === 'string') return readString(content);
  if (typeof content !== 'object') {
    const value = typeof content === 'number' || typeof content === 'boolean' ? String(content) : null;
    return value === null ? { ...plain('', null), unreadable: true } : plain(value, value);
  }
  const raw = stringify(content);
  if (raw === null) return { ...plain('', null), isJson: true, unreadable: true };
  return fromJson(content, raw);
}

/** Some databases hand JSON columns over as text. Text that merely looks like JSON is left as it is. */
function readString(content: string): ContentReading {
  const looksLikeContent = /^\s*(?:\[\s*[{"]|\{\s*")/.test(content) && /[\]}]\s*$/.test(content);
  if (!looksLikeContent) return plain(content, content);
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return { ...plain(content, content), unreadable: true };
  }
  const reading = fromJson(parsed, content);
  return reading.unreadable ? plain(content, content) : reading;
}

function fromJson(content: unknown, raw: string): ContentReading {
  const found: Findings = { texts: [], hasAttachment: false };
  collect(content, found, 0);
  const text = found.texts.join('\n');
  const isEmptyValue = raw === '[]' || raw === '{}';
  return {
    text,
    raw,
    isJson: true,
    hasAttachment: found.hasAttachment,
    unreadable: text.trim() === '' && !found.hasAttachment && !isEmptyValue,
  };
}

/** Appends the texts of a JSON value, in order; says whether it found any. */
function collect(value: unknown, found: Findings, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (typeof value === 'string') {
    if (value.trim() === '') return false;
    found.texts.push(value);
    return true;
  }
  if (Array.isArray(value)) {
    return value.map((item) => collect(item, found, depth + 1)).some(Boolean);
  }
  if (typeof value !== 'object' || value === null) return false;
  const part = value as Record<string, unknown>;
  const type = typeof part.type === 'string' ? part.type : '';
  if (UNSPOKEN_TYPE.test(type)) return false;
  if (ATTACHMENT_TYPE.test(type)) found.hasAttachment = true;
  return TEXT_KEYS.some((key) => Object.hasOwn(part, key) && collect(part[key], found, depth + 1));
}

function stringify(value: object): string | null {
  try {
    // undefined where a toJSON says so, whatever the declared type
    const text = JSON.stringify(value) as string | undefined;
    return text ?? null;
  } catch {
    return null;
  }
}

function plain(text: string, raw: string | null): ContentReading {
  return { text, raw, isJson: false, hasAttachment: false, unreadable: false };
}
