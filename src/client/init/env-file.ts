import { randomUUID } from 'node:crypto';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';

import { parse as parseDotenv } from 'dotenv';

/** A file as it would become, and what of the old one would be lost. */
export interface PlannedFile {
  path: string;
  text: string;
  /** Names of values that say something else now; empty: nothing is overwritten. */
  overwrites: string[];
  isChanged: boolean;
}

export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * `.env` with some variables set: lines that name them are replaced where they stand, others are added at the end, and
 * every other line stays. A variable without a value counts as not set. null: the variable is to go.
 */
export function mergeEnv(
  path: string,
  old: string | null,
  values: Readonly<Record<string, string | null>>,
): PlannedFile {
  const before = parseDotenv(old ?? '');
  const overwrites = Object.entries(values)
    .filter(([name, value]) => (before[name] ?? '') !== '' && before[name] !== value)
    .map(([name]) => name);
  const left = new Map(Object.entries(values));
  const lines = (old ?? '').split('\n').flatMap((line) => {
    const name = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line)?.[1];
    if (name === undefined || !(name in values)) return [line];
    const value = values[name] ?? null;
    // A second line of the same name would win over the first.
    if (!left.delete(name) || value === null) return [];
    return [before[name] === value ? line : `${name}=${quote(value)}`];
  });
  while (lines.at(-1)?.trim() === '') lines.pop();
  for (const [name, value] of left) if (value !== null) lines.push(`${name}=${quote(value)}`);
  const text = `${lines.join('\n')}\n`;
  return { path, text, overwrites, isChanged: text !== old };
}

function quote(value: string): string {
  if (/^[\w@%+:,./-]+$/.test(value)) return value;
  const mark = ["'", '"', '`'].find((each) => !value.includes(each));
  if (mark === undefined || value.includes('\n')) {
    throw new Error(`A value with ', " and \` or a line break cannot stand in a .env file`);
  }
  return `${mark}${value}${mark}`;
}

/** Writes a file whole or not at all. */
export async function writePrivately(path: string, text: string, mode: number): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(beside, text, { mode, flag: 'wx' });
    await chmod(beside, mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
