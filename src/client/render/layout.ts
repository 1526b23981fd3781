import type { DayCount, InspectedTable } from '../../ports/source-inspector.js';
import type { Colors } from './colors.js';
import { bar, count } from './format.js';

/** A table and what its columns are taken for; what is missing comes last, with what it costs. */
export function tableLines(
  table: Omit<InspectedTable, 'rows'> & { rows?: number },
  colors: Colors,
): string[] {
  const rows = table.rows === undefined ? '' : `, ${count(table.rows)} rows`;
  const present = table.columns.filter(({ how }) => how !== null && how !== 'switched off');
  const missing = table.columns.filter(({ how }) => how === null || how === 'switched off');
  const width = Math.max(...table.columns.map(({ key }) => key.length)) + 2;
  return [
    `${colors.bold(table.title)} ${colors.dim(`(${table.kind}${rows})`)}`,
    ...present.map(({ key, column, type, how, detail }) => {
      const what = column === null ? (detail ?? '') : `${column} ${colors.dim(`(${type ?? ''})`)}`;
      const why = [how, column === null ? null : detail].filter((part) => part !== null).join('; ');
      return `  ${key.padEnd(width)}${what} ${colors.dim(`by ${why}`)}`;
    }),
    ...missing.map(
      ({ key, how, cost }) =>
        `  ${colors.yellow(key.padEnd(width))}${how === 'switched off' ? 'switched off' : 'not found'}${cost === null ? '' : `: ${cost}`}`,
    ),
    ...(table.unused.length === 0 ? [] : [colors.dim(`  not read: ${table.unused.join(', ')}`)]),
  ];
}

/** A bar and a count for each day. */
export function dayLines(days: readonly DayCount[], colors: Colors): string[] {
  const most = Math.max(1, ...days.map(({ conversations }) => conversations));
  return days.map(
    ({ day, conversations }) =>
      `  ${colors.dim(day)}  ${bar(conversations / most, 20)} ${count(conversations)}`,
  );
}
