import type { Actor } from '../schema.js';

/** What `process` needs besides the rows. `domain` states the two text services by shape and imports neither. */
export interface ProcessContext {
  /** Name that prefixes every key (NOCODB_SOURCE). */
  source: string;
  /** First execution run id of the collection. */
  runId: string;
  /** From the mapping file: the source's role → actor. Compared trimmed and case-folded; wins over the defaults. */
  roles?: Readonly<Record<string, Actor>> | undefined;
  /** From the mapping file: the source's status → what it means here. Wins over the defaults. */
  statuses?: Readonly<Record<string, StatusMeaning>> | undefined;
  detector: {
    detect(text: string): { language: string; confidence: number } | null;
  };
  html: {
    looksLikeHtml(text: string): boolean;
    toText(html: string): string;
  };
}

export type StatusMeaning = 'open' | 'closed' | 'escalated';

/**
 * The closed list of quality flags, in the order in which rows carry them. Meaning of each: docs/data-formats.md.
 * A conversation carries its own flags and the union of its messages' flags.
 */
export const QUALITY_FLAGS = [
  'started_at_invalid',
  'closed_at_invalid',
  'status_unknown',
  'handoff_untimed',
  'messages_before_start',
  'time_invalid',
  'out_of_order',
  'role_unknown',
  'content_json_unreadable',
  'html_stripped',
  'control_characters_removed',
  'malformed_unicode',
  'text_truncated',
] as const;
export type QualityFlag = (typeof QUALITY_FLAGS)[number];

/** The flags of a row in the order of the list, each once. */
export function flagList(flags: ReadonlySet<QualityFlag>): QualityFlag[] {
  return flags.size === 0 ? [] : QUALITY_FLAGS.filter((flag) => flags.has(flag));
}

/** Idle time after which a conversation has ended, and the longest gap that counts as duration. */
export const IDLE_MS = 24 * 60 * 60 * 1000;
/** 2000-01-01T00:00:00Z: earlier times are defaults of a broken clock, never conversations. */
export const EARLIEST_MS = Date.UTC(2000, 0, 1);
/**
 * A time may be this much later than the beginning of the reading: messages are written while a batch is read, and
 * the source's clock may run ahead of ours.
 */
export const CLOCK_TOLERANCE_MS = 5 * 60 * 1000;

/** Whether an instant (epoch ms) can be when something happened, seen from `now`. */
export function isPlausibleTime(time: number | null | undefined, now: number): time is number {
  return (
    typeof time === 'number' &&
    Number.isInteger(time) &&
    time >= EARLIEST_MS &&
    time <= now + CLOCK_TOLERANCE_MS
  );
}
