import { requireNocodb, type Config } from '../config.js';
import type { Watermark } from '../domain/changes.js';
import { printJson, printLines, type Io } from './globals.js';
import { colorsFor, type Colors } from './render/colors.js';
import { count, plural } from './render/format.js';

/** What a collection of changes would read. */
export interface ChangesForecast {
  mode: 'changes';
  appId: string | null;
  /** ISO 8601. */
  since: string;
  conversations: number;
  days: { day: string; conversations: number }[];
  /** Rows that match no day. */
  undatedConversations: number;
  orphanMessages: number;
}

/** `collect --dry-run` without days: what has changed since the watermark. null: the tables do not say. */
export async function forecastChanges(
  config: Config,
  appId: string | undefined,
  { until }: Watermark,
): Promise<ChangesForecast | null> {
  const { createNocoDbSource } = await import('../adapters/nocodb/index.js');
  const source = createNocoDbSource(requireNocodb(config));
  const since = until - config.overlapSeconds * 1000;
  try {
    const window = { since, until };
    const found = await source.changes({ appId, since, window }, new AbortController().signal);
    if (found === null) return null;
    const days = found.days.map(({ day, rows }) => ({ day, conversations: rows.length }));
    return {
      mode: 'changes',
      appId: appId ?? null,
      since: new Date(since).toISOString(),
      conversations: days.reduce((sum, { conversations }) => sum + conversations, 0),
      days,
      undatedConversations: found.undated,
      orphanMessages: found.orphanMessages,
    };
  } finally {
    await source.close();
  }
}

export function printChanges(forecast: ChangesForecast, json: boolean, io: Io): void {
  if (json) printJson(io, forecast);
  else printLines(io.stdout, changesLines(forecast, colorsFor(io.stdout, io.env)));
}

function changesLines({ appId, since, conversations, days }: ChangesForecast, colors: Colors): string[] {
  const apps = appId === null ? 'all apps' : `app ${appId}`;
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  const span = first === undefined ? '' : first === last ? ` (${first})` : ` (${first}..${last ?? ''})`;
  return [
    `${colors.bold('Dry run')} changes since ${since.slice(0, 19).replace('T', ' ')} UTC, ${apps}: nothing was started or stored`,
    `  ${colors.dim('conversations'.padEnd(15))}${count(conversations)} new or changed, or with a new or changed message`,
    `  ${colors.dim('days'.padEnd(15))}${plural(days.length, 'day')}${span}`,
  ];
}
