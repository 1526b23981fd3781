import type {
  CalendarSpecDescription,
  IntervalSpecDescription,
  ScheduleDescription,
  ScheduleOptions,
  ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';

import { formatDuration } from '../../domain/duration.js';
import { WEEKDAYS } from '../../domain/report/period.js';
import type { TickInput } from '../../domain/schedule.js';
import { QUEUES, scheduleId, tickWorkflowId, WORKFLOWS } from '../../names.js';
import type { tick } from '../../workflows/index.js';
import type { ScheduleDefinition } from './definitions.js';

type Policies = ScheduleDescription['policies'];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * What Temporal does about firings that meet, that were missed, that fail. One firing only starts a workflow and ends,
 * so firings seldom meet, but where Temporal was down those that it missed come all at once. docs/schedules.md has why.
 */
const POLICIES: Record<'changes' | 'days' | 'report', Policies> = {
  // The next one reads whatever the last ones have not.
  changes: { overlap: 'SKIP', catchupWindow: HOUR_MS, pauseOnFailure: false },
  // Each firing has days of its own.
  days: { overlap: 'BUFFER_ALL', catchupWindow: 7 * DAY_MS, pauseOnFailure: false },
  // Each firing has a period of its own. What fails here is a setting, and would fail again.
  report: { overlap: 'BUFFER_ALL', catchupWindow: 7 * DAY_MS, pauseOnFailure: true },
};

function policiesOf(tick: TickInput): Policies {
  if (tick.kind !== 'collect') return POLICIES.report;
  return tick.overlapDays === undefined ? POLICIES.changes : POLICIES.days;
}

/** When a Schedule fires: written out as Temporal gives it back, so that the two can be compared. */
interface Spec {
  calendars: CalendarSpecDescription[];
  intervals: IntervalSpecDescription[];
  timezone: string;
  jitter: number;
}

export interface TickScheduleOptions extends ScheduleOptions<
  ScheduleOptionsStartWorkflowAction<typeof tick>
> {
  spec: Spec;
  policies: Policies;
}

/** What Temporal is told of a definition. */
export function scheduleOptions({ name, timing, jitterMs, tick }: ScheduleDefinition): TickScheduleOptions {
  return {
    scheduleId: scheduleId(name),
    spec: {
      calendars: 'at' in timing ? [calendarOf(timing.at, tick)] : [],
      intervals: 'at' in timing ? [] : [{ every: timing.everyMs, offset: 0 }],
      timezone: tick.timezone,
      jitter: jitterMs,
    },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOWS.tick,
      workflowId: tickWorkflowId(name),
      taskQueue: QUEUES.main,
      args: [tick],
      staticSummary: `schedule ${name}`,
    },
    policies: policiesOf(tick),
  };
}

/** A week's report fires on the first day of the next week, a month's on the first of the next month. */
function calendarOf(at: string, tick: TickInput): CalendarSpecDescription {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const weekday = tick.kind === 'weekly' ? DAYS[WEEKDAYS.indexOf(tick.weekStart)] : undefined;
  return {
    second: only(0),
    minute: only(minute),
    hour: only(hour),
    dayOfMonth: tick.kind === 'monthly' ? only(1) : [{ start: 1, end: 31, step: 1 }],
    month: [{ start: 'JANUARY', end: 'DECEMBER', step: 1 }],
    year: [],
    dayOfWeek: weekday === undefined ? [{ start: 'SUNDAY', end: 'SATURDAY', step: 1 }] : only(weekday),
    comment: '',
  };
}

const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;

function only<T>(value: T) {
  return [{ start: value, end: value, step: 1 }];
}

/** What counts in a Schedule, setting by setting, in words: two are alike where these are. */
export type ScheduleSettings = Record<string, string>;

/** @param options as they are wanted, or as Temporal describes them */
export function settingsOf(
  options: TickScheduleOptions | Pick<ScheduleDescription, 'spec' | 'action' | 'policies'>,
): ScheduleSettings {
  const { spec, action, policies } = options;
  const [input] = (action.args ?? []) as Record<string, unknown>[];
  const does = Object.fromEntries(Object.entries(input ?? {}).filter(([name]) => name !== 'timezone'));
  return {
    fires: describeSpec(spec),
    timezone: spec.timezone ?? 'UTC',
    jitter: formatDuration(spec.jitter ?? 0),
    starts: `${nameOf(action.workflowType)} ${action.workflowId ?? ''} on ${action.taskQueue}`,
    ...Object.fromEntries(Object.entries(does).map(([key, value]) => [key, String(value)])),
    overlap: String(policies.overlap),
    catchup: formatDuration(policies.catchupWindow),
    pauseOnFailure: String(policies.pauseOnFailure),
  };
}

function nameOf(workflowType: unknown): string {
  return typeof workflowType === 'string' ? workflowType : 'another workflow';
}

/** `every 1h`, `06:00`, `monday 06:00`, `day 1 06:00`; what was set elsewhere and is none of these, as it stands. */
export function describeSpec({
  calendars = [],
  intervals = [],
}: Partial<Pick<Spec, 'calendars' | 'intervals'>>): string {
  const [calendar, ...others] = calendars;
  const [interval, ...more] = intervals;
  if (interval !== undefined && calendar === undefined && more.length === 0 && isOnTheGrid(interval))
    return `every ${formatDuration(interval.every)}`;
  if (calendar !== undefined && interval === undefined && others.length === 0) {
    const known = describeCalendar(calendar);
    if (known !== null) return known;
  }
  return JSON.stringify({ calendars, intervals });
}

function isOnTheGrid({ offset }: Partial<IntervalSpecDescription>): boolean {
  return offset === undefined || offset === 0;
}

function describeCalendar({
  second,
  minute,
  hour,
  dayOfMonth,
  month,
  year,
  dayOfWeek,
}: CalendarSpecDescription): string | null {
  const [h, m, s] = [hour, minute, second].map(single);
  if (h === null || m === null || s !== 0) return null;
  if (!isWhole(month, 'JANUARY', 'DECEMBER') || year.length > 0) return null;
  const at = `${pad(h)}:${pad(m)}`;
  const day = single(dayOfMonth);
  const weekday = single(dayOfWeek);
  if (weekday !== null && isWhole(dayOfMonth, 1, 31)) return `${weekday.toLowerCase()} ${at}`;
  if (!isWhole(dayOfWeek, 'SUNDAY', 'SATURDAY')) return null;
  if (day !== null) return `day ${day} ${at}`;
  return isWhole(dayOfMonth, 1, 31) ? at : null;
}

interface Span<T> {
  start: T;
  end: T;
  step: number;
}

function single<T>(spans: readonly Span<T>[]): T | null {
  const [span, ...more] = spans;
  return span !== undefined && more.length === 0 && span.start === span.end ? span.start : null;
}

function isWhole<T>([span, ...more]: readonly Span<T>[], first: T, last: T): boolean {
  return span?.start === first && span.end === last && span.step === 1 && more.length === 0;
}

function pad(n: number | undefined): string {
  return String(n).padStart(2, '0');
}
