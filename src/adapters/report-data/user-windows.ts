import { USER_WINDOWS } from '../../domain/metrics/users.js';
import { addDays, localDayStart } from '../../domain/report/period.js';
import { literal } from '../lake/duckdb.js';
import { coverageOfPeriod } from './coverage.js';
import { comparedPlaces, type Horizon } from './horizon.js';

/** So many local days up to the end of a period. */
export interface UserWindow {
  /** Place of the period. */
  seq: number;
  span: number;
  firstDay: string;
  lastDay: string;
}

/** The windows of the compared periods that are known whole and lie within the horizon. */
export function knownWindows(
  horizon: Horizon,
  known: ReadonlyMap<string, number>,
  timezone: string,
): UserWindow[] {
  const { periods, from } = horizon;
  const compared = comparedPlaces(horizon);
  return periods
    .filter(({ seq }) => compared.has(seq))
    .flatMap(({ seq, end, lastDay }) =>
      USER_WINDOWS.flatMap((span) => {
        const firstDay = addDays(lastDay, 1 - span);
        const start = localDayStart(firstDay, timezone);
        const isKnown = start >= from && coverageOfPeriod(known, { start, end }).complete;
        return isKnown ? [{ seq, span, firstDay, lastDay }] : [];
      }),
    );
}

/** A row a window and active user, and one without a user for each app: nobody is 0, an unknown window is not. */
export function userWindowsTable(windows: readonly UserWindow[]): string {
  const rows = windows.map(
    ({ seq, span, firstDay, lastDay }) =>
      `(${seq}, ${span}, DATE ${literal(firstDay)}, DATE ${literal(lastDay)})`,
  );
  const listed =
    rows.length === 0
      ? `SELECT 0, 0, DATE '2000-01-01', DATE '2000-01-01' WHERE false`
      : `VALUES ${rows.join(', ')}`;
  return `CREATE TEMP TABLE user_window_facts AS
    WITH windows AS (SELECT * FROM (${listed}) AS t(seq, span, first_day, last_day))
    SELECT DISTINCT w.*, d.app, d.user_no FROM windows w
    JOIN user_day_facts d ON d.day >= w.first_day AND d.day <= w.last_day
    UNION ALL
    SELECT w.*, a.app, NULL FROM windows w CROSS JOIN (SELECT DISTINCT app FROM history) a`;
}
