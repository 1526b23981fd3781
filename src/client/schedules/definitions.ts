import { readFileSync } from 'node:fs';

import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

import { parseDuration } from '../../domain/duration.js';
import type { ReportCalendar } from '../../domain/report/period.js';
import type { CollectTick, ReportTick, TickInput } from '../../domain/schedule.js';
import { parseAppId } from '../arguments.js';
import { UsageError } from '../errors.js';

/** One Schedule as it is wanted. */
export interface ScheduleDefinition {
  /** Letters, digits and hyphens: names it in commands, and in its id. */
  name: string;
  timing: Timing;
  /** Firings are spread over so many milliseconds; the periods they are about stay the same. */
  jitterMs: number;
  tick: TickInput;
}

/** At a time of day of the schedule's zone, or again and again. */
export type Timing = { at: string } | { everyMs: number };

/** Where schedules are read from when nothing else is said. */
export const SCHEDULES_FILE = 'schedules.yaml';

const KINDS = ['collect', 'daily', 'weekly', 'monthly'] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MIN_EVERY_MS = 5 * MINUTE_MS;
const MAX_EVERY_MS = 7 * 24 * HOUR_MS;

const duration = (min: number, max: number, allowed: string) =>
  z
    .string(`give ${allowed}`)
    .transform(parseDuration)
    .pipe(z.number(`give ${allowed}`).min(min, `give ${allowed}`).max(max, `give ${allowed}`));

const Entry = z
  .strictObject({
    kind: z.enum(KINDS, `give one of ${KINDS.join(', ')}`).optional(),
    at: z
      .string('give a time of day HH:MM, such as 06:00')
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'give a time of day HH:MM, such as 06:00')
      .optional(),
    every: duration(MIN_EVERY_MS, MAX_EVERY_MS, '5m to 7d, such as 15m, 1h or 1d').optional(),
    jitter: duration(0, HOUR_MS, '0m to 1h, such as 5m').optional(),
    app_id: z.string('give the id of an app').trim().min(1, 'give the id of an app').optional(),
    overlap_days: z
      .int('give a whole number of days from 0 to 31')
      .min(0, 'give a whole number of days from 0 to 31')
      .max(31, 'give a whole number of days from 0 to 31')
      .optional(),
  })
  .nullable()
  .transform((entry) => entry ?? {});

const File = z.strictObject({
  schedules: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'names hold lower-case letters, digits and hyphens'),
    Entry,
    'give names, each with what is to be done and when',
  ),
});

/** What a file of schedules holds, or flags say. */
export type SchedulesContent = z.input<typeof File>;

/** Reads a file of schedules. @throws UsageError naming every mistake at once */
export function readSchedulesFile(path: string, calendar: ReportCalendar): ScheduleDefinition[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--file ${JSON.stringify(path)} cannot be read: ${codeOf(error)}.\n` +
        'Allowed is a YAML file with schedules.\nAn example of one: docs/schedules.md',
    );
  }
  let content: unknown;
  try {
    content = parseYaml(text) as unknown;
  } catch (error) {
    throw mistakesIn(path, [
      (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '',
    ]);
  }
  return definitionsOf(content, path, calendar);
}

/**
 * Checks what is wanted, and fills in what is left out.
 * @param origin named in errors
 * @param calendar whose days, weeks and months they go by: the reports' own
 * @throws UsageError naming every mistake at once
 */
export function definitionsOf(
  content: unknown,
  origin: string,
  calendar: ReportCalendar,
): ScheduleDefinition[] {
  const parsed = File.safeParse(content ?? {});
  if (!parsed.success) {
    throw mistakesIn(
      origin,
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${describeIssue(issue)}`),
    );
  }
  const mistakes: string[] = [];
  const definitions = Object.entries(parsed.data.schedules).flatMap(([name, entry]) => {
    try {
      return [definitionOf(name, entry, calendar)];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      mistakes.push(`schedules.${name}${error.message}`);
      return [];
    }
  });
  if (mistakes.length > 0) throw mistakesIn(origin, mistakes);
  return definitions.sort((a, b) => a.name.localeCompare(b.name));
}

type EntryContent = z.output<typeof Entry>;

/** @throws UsageError whose message goes on after the entry's name */
function definitionOf(name: string, entry: EntryContent, calendar: ReportCalendar): ScheduleDefinition {
  const kind = entry.kind ?? KINDS.find((known) => known === name);
  if (kind === undefined) throw new UsageError(`.kind: give one of ${KINDS.join(', ')}`);
  const { timezone, weekStart } = calendar;
  const scope = entry.app_id === undefined ? {} : { appId: checkedApp(entry.app_id) };
  if (kind === 'collect') {
    const { overlap_days: overlapDays } = entry;
    const tick: CollectTick = {
      kind,
      timezone,
      ...scope,
      ...(overlapDays === undefined ? {} : { overlapDays }),
    };
    return { name, timing: timingOf(entry), jitterMs: entry.jitter ?? 0, tick };
  }
  if (entry.every !== undefined || entry.at === undefined) {
    throw new UsageError(
      `: a ${kind} report fires once a period: give at with a time of day, such as 06:00` +
        (entry.every === undefined ? '' : ', and leave every out'),
    );
  }
  if (entry.overlap_days !== undefined) throw new UsageError('.overlap_days: is for collect alone');
  const tick: ReportTick = { kind, timezone, weekStart, ...scope };
  return { name, timing: { at: entry.at }, jitterMs: entry.jitter ?? 0, tick };
}

function timingOf({ at, every }: EntryContent): Timing {
  if (every !== undefined && at === undefined) return { everyMs: every };
  if (at !== undefined && every === undefined) return { at };
  throw new UsageError(': give either at with a time of day, such as 05:00, or every, such as 1h');
}

function checkedApp(appId: string): string {
  try {
    return parseAppId(appId);
  } catch {
    throw new UsageError(`.app_id: ${JSON.stringify(appId)} is reserved; leave it out for all apps together`);
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? ['schedules'] : Object.keys(Entry.in.unwrap().shape);
    return `${issue.keys.join(', ')} unknown; allowed are ${known.join(', ')}`;
  }
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}

function mistakesIn(origin: string, mistakes: readonly string[]): UsageError {
  return new UsageError(
    `${origin}: ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}: ${mistakes.join('; ')}.\n` +
      'Allowed are schedules by name, each with kind, at or every, jitter, app_id and overlap_days.\n' +
      'What each means, with an example: docs/schedules.md',
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
