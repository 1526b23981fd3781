import { loadConfig, describedValues, type Config } from '../config.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import { mergedEnvironment, readVariables, type ConfigSources, type Origin } from './load.js';
import { redact, VARIABLE_NAMES, VARIABLES, type VariableName } from './variables.js';

/** One setting as a person may see it. */
export interface Setting {
  name: string;
  /** Secrets hidden; null: not set. */
  value: string | null;
  origin: Origin | 'profile' | 'dev';
  /** False: set, but switched off by another setting. */
  used: boolean;
  /** What is wrong with the value: what is allowed instead. */
  problem?: string;
  description: string;
}

/**
 * The configuration as far as it can be used, and all that is wrong with it: for commands that tell what is wrong
 * instead of giving up. A setting that cannot be used counts as not set.
 */
export function diagnoseConfig(sources: ConfigSources): { config: Config; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  let left: ConfigSources = sources;
  for (;;) {
    try {
      return { config: loadConfig(left), problems };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      left = without(left, error.problems);
    }
  }
}

/** The sources without what cannot be used: bad values, and groups of which a part is missing. */
function without(sources: ConfigSources, problems: readonly ConfigProblem[]): ConfigSources {
  const names = new Set<string>();
  for (const { setting, value } of problems) {
    names.add(nameOfSetting(setting));
    if (value !== undefined) continue;
    // A member of a group is missing: without the others nothing of the group is asked for.
    const group = GROUPS.find((members) => members.includes(setting));
    for (const member of group ?? []) names.add(member);
  }
  const keep = <T>(layer: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(layer).filter(([name]) => !names.has(name)));
  return {
    // A file is read whole: so that what is bad in it can be left out, it is merged here.
    env: keep(mergedEnvironment(sources)),
    dotenvPath: null,
    flags: keep(sources.flags ?? {}),
  };
}

const GROUPS: readonly (readonly string[])[] = [
  ['NOCODB_BASE_URL', 'NOCODB_API_TOKEN', 'NOCODB_PROJECT_ID'],
  ['S3_ENABLED', 'S3_BUCKET'],
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
];

function nameOfSetting(setting: string): string {
  return setting.startsWith('--') ? setting.slice(2).toUpperCase().replaceAll('-', '_') : setting;
}

/** Every setting with its value and where it comes from, whether it can be used or not. */
export function settingsOverview(sources: ConfigSources): Setting[] {
  const found: ConfigProblem[] = [];
  const { origins, texts } = readVariables(sources, found);
  const { config, problems } = diagnoseConfig(sources);
  const used = describedValues(config);
  return VARIABLE_NAMES.map((name): Setting => {
    const problem = problems.find(({ setting }) => nameOfSetting(setting) === name);
    const given = texts[name];
    return {
      name,
      // What cannot be used is shown as it was given, and not what stands in for it.
      value: valueOf(name, problem === undefined ? used[name] : undefined, given),
      origin: origins[name],
      used: used[name] !== undefined || given === undefined || problem !== undefined,
      ...(problem === undefined ? {} : { problem: problem.allowed }),
      description: VARIABLES[name].description,
    };
  });
}

function valueOf(
  name: VariableName,
  used: string | number | boolean | undefined,
  given: string | undefined,
): string | null {
  const value = used === undefined ? given : String(used);
  return value === undefined ? null : redact(name, value);
}
