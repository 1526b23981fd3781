import { readFileSync } from 'node:fs';

import { parse as parseDotenv } from 'dotenv';
import type { z } from 'zod';

import { ConfigError, type ConfigProblem } from './errors.js';
import { flagOf, redact, VARIABLE_NAMES, VARIABLES, type VariableName } from './variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Origin = 'flag' | 'environment' | '.env' | 'default' | 'unset';

/** Where settings come from; the first that names a value wins: flag, environment, `.env`, default. */
export interface ConfigSources {
  env: Environment;
  /** Default: `.env` in the working directory, read where it exists. null: read no file. */
  dotenvPath?: string | null;
  flags?: Partial<Record<VariableName, string>>;
}

type Definitions = typeof VARIABLES;
/** Parsed values; undefined only where the variable has no default. */
export type Values = {
  [K in VariableName]:
    z.output<Definitions[K]['schema']> | (Definitions[K]['default'] extends string ? never : undefined);
};

export interface Parsed {
  values: Values;
  origins: Record<VariableName, Origin>;
  /** Text as given (or the default), for descriptions; absent where unset. */
  texts: Partial<Record<VariableName, string>>;
}

const DEFAULT_DOTENV = '.env';
/** What a merged environment has from the file, so that errors can say so; copies made by spreading keep it. */
const OF_FILE = Symbol('.env');

function isOfFile(env: Environment, name: string): boolean {
  const file = (env as { [OF_FILE]?: Record<string, string> })[OF_FILE];
  return file?.[name] !== undefined && file[name] === env[name];
}

function readDotenv(path: string | null | undefined): Record<string, string> {
  if (path === null) return {};
  try {
    return parseDotenv(readFileSync(path ?? DEFAULT_DOTENV));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && path === undefined) return {};
    const reason = missing ? 'does not exist' : 'cannot be read';
    throw new ConfigError([{ setting: 'the .env file', value: path ?? DEFAULT_DOTENV, allowed: reason }]);
  }
}

/**
 * The environment with `.env` beneath it, as libraries that read variables of their own (Temporal's) need it. Empty
 * values count as not set, so that `VAR=` in a file or a container definition hides nothing.
 */
export function mergedEnvironment(
  sources: Pick<ConfigSources, 'env' | 'dotenvPath'>,
): Record<string, string> {
  const merged: Record<string, string> = {};
  const file = readDotenv(sources.dotenvPath);
  for (const layer of [file, sources.env]) {
    for (const [name, value] of Object.entries(layer)) {
      if (value !== undefined && value.trim() !== '') merged[name] = value;
    }
  }
  return Object.assign(merged, { [OF_FILE]: file });
}

/** Reads every variable; what cannot be read is added to `problems` and left out. */
export function readVariables(sources: ConfigSources, problems: ConfigProblem[]): Parsed {
  const dotenv = readDotenv(sources.dotenvPath);
  const values: Record<string, unknown> = {};
  const origins = {} as Record<VariableName, Origin>;
  const texts: Partial<Record<VariableName, string>> = {};

  for (const name of VARIABLE_NAMES) {
    const definition = VARIABLES[name];
    const layers: [Origin, string | undefined][] = [
      ['flag', sources.flags?.[name]],
      [isOfFile(sources.env, name) ? '.env' : 'environment', emptyIsUnset(sources.env[name])],
      ['.env', emptyIsUnset(dotenv[name])],
      ['default', definition.default],
    ];
    const [origin, value] = layers.find(([, text]) => text !== undefined) ?? (['unset', undefined] as const);
    origins[name] = origin;
    if (value === undefined) continue;
    texts[name] = value;
    const result = definition.schema.safeParse(value);
    if (result.success) values[name] = result.data;
    else {
      problems.push({
        setting: origin === 'flag' ? flagOf(name) : name,
        ...(origin === '.env' ? { from: '.env' } : {}),
        value: redact(name, value),
        allowed: definition.allowed,
      });
    }
  }
  return { values: values as Values, origins, texts };
}

function emptyIsUnset(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
