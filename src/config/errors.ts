/** One setting that cannot be used. `value` is already redacted. */
export interface ConfigProblem {
  setting: string;
  /** File the value came from, where not the environment. */
  from?: string;
  /** undefined: nothing is set. */
  value?: string;
  /** What is allowed, or what to set. */
  allowed: string;
}

/** All that is wrong with the configuration, in one message: setting, value, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(['Configuration cannot be used:', ...problems.map(line)].join('\n'));
  }
}

const MAX_SHOWN = 100;

function line({ setting, from, value, allowed }: ConfigProblem): string {
  const origin = from === undefined ? '' : ` (in ${from})`;
  if (value === undefined) return `  ${setting} is not set${origin}: ${allowed}`;
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  const quoted = shown === '(hidden)' ? shown : JSON.stringify(shown);
  return `  ${setting}${origin} = ${quoted}: allowed is ${allowed}`;
}
