import {
  ConfigError,
  mergedEnvironment,
  redactUri,
  resolveTemporal,
  settingsOverview,
  TEMPORAL_VARIABLES,
  type Setting,
} from '../config.js';
import { cacheDirectory, dataDirectory } from '../devstack/paths.js';
import { findRunningDev } from '../devstack/state.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { colorsFor, type Colors } from './render/colors.js';

type Origin = Setting['origin'];

/** The `config show` command: every setting, its value and where it comes from. */
export async function configShow({ json }: { json: boolean }, io: Io): Promise<ExitCode> {
  const settings = await allSettings(io);
  if (json) printJson(io, { settings });
  else printLines(io.stdout, table(settings, colorsFor(io.stdout, io.env)));
  const wrong = settings.filter(({ problem }) => problem !== undefined).length;
  if (wrong === 0) return EXIT.complete;
  io.stderr.write(`${wrong} of these cannot be used; every other command stops at them.\n`);
  return EXIT.usage;
}

async function allSettings(io: Io): Promise<Setting[]> {
  const env = mergedEnvironment({ env: io.env });
  const own = settingsOverview({ env: io.env });
  const temporal = temporalSettings(io, env);
  const hasAddress = temporal.some(({ name, value }) => name === 'TEMPORAL_ADDRESS' && value !== null);
  const dev = hasAddress ? undefined : await findRunningDev(dataDirectory(env));
  const settings = [...own, ...temporal, ...stackSettings(io, env)];
  if (dev === undefined) return settings;
  // Commands take what a running dev serves, whatever else is set.
  return settings.map((setting) => {
    const value = dev.env[setting.name];
    if (value === undefined) return setting;
    const shown = setting.name === 'NOCODB_API_TOKEN' ? '(hidden)' : redactUri(value);
    return { ...setting, value: shown, origin: 'dev', used: true };
  });
}

const SECRET = new Set<string>(['TEMPORAL_API_KEY']);
const ABOUT: Readonly<Record<(typeof TEMPORAL_VARIABLES)[number], string>> = {
  TEMPORAL_ADDRESS: 'Address of Temporal, host:port; without it a local server is used or started.',
  TEMPORAL_NAMESPACE: 'Namespace of the runs.',
  TEMPORAL_API_KEY: 'For Temporal Cloud; turns TLS on.',
  TEMPORAL_TLS: 'Turns TLS on.',
  TEMPORAL_TLS_CLIENT_CERT_PATH: 'Certificate for mutual TLS.',
  TEMPORAL_TLS_CLIENT_KEY_PATH: 'Key for mutual TLS.',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'Certificate of a private authority.',
  TEMPORAL_TLS_SERVER_NAME: 'Name that the server certificate carries.',
  TEMPORAL_PROFILE: 'Which profile of the profile file.',
  TEMPORAL_CONFIG_FILE: 'Which profile file.',
};

/** Temporal's own variables; address and namespace may come from its profile file. */
function temporalSettings(io: Io, env: Record<string, string>): Setting[] {
  let resolved: { address: string | null; namespace: string | null } = { address: null, namespace: null };
  let problem: string | undefined;
  try {
    resolved = resolveTemporal({ env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first] = error.problems;
    problem = first === undefined ? error.message : `${first.value ?? ''}; allowed: ${first.allowed}`;
  }
  return TEMPORAL_VARIABLES.map((name): Setting => {
    const given = env[name];
    const elsewhere =
      name === 'TEMPORAL_ADDRESS'
        ? resolved.address
        : name === 'TEMPORAL_NAMESPACE'
          ? resolved.namespace
          : null;
    const value = given ?? elsewhere;
    const fallback: Origin =
      elsewhere === null
        ? 'unset'
        : name === 'TEMPORAL_NAMESPACE' && elsewhere === 'default'
          ? 'default'
          : 'profile';
    return {
      name,
      value: value === null ? null : SECRET.has(name) ? '(hidden)' : redactUri(value),
      origin: given === undefined ? fallback : originOf(name, io),
      used: true,
      ...(problem !== undefined && name === 'TEMPORAL_CONFIG_FILE' ? { problem } : {}),
      description: ABOUT[name],
    };
  });
}

function stackSettings(io: Io, env: Record<string, string>): Setting[] {
  const rows: [string, string, string][] = [
    ['CONVERSATION_ANALYTICS_DATA', dataDirectory(env), 'Data of `dev` and `demo`.'],
    ['CONVERSATION_ANALYTICS_CACHE', cacheDirectory(env), 'Engines that were downloaded or built.'],
  ];
  return rows.map(([name, value, description]) => ({
    name,
    value,
    origin: env[name] === undefined ? 'default' : originOf(name, io),
    used: true,
    description,
  }));
}

/** A value that is set and not in the process's own environment is from the file. */
function originOf(name: string, io: Io): Origin {
  return (io.env[name] ?? '').trim() === '' ? '.env' : 'environment';
}

function table(settings: readonly Setting[], colors: Colors): string[] {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const shown = settings.map(({ value }) => value ?? '(not set)');
  const valueWidth = Math.min(50, Math.max(...shown.map((value) => value.length)));
  return settings.flatMap((setting, at) => {
    const { name, value, origin, used, problem } = setting;
    const where = origin === 'unset' ? '' : used ? origin : `${origin}, not used`;
    const line = `${name.padEnd(width)}  ${(shown[at] ?? '').padEnd(valueWidth)}  ${where}`.trimEnd();
    if (problem !== undefined)
      return [colors.red(line), colors.red(`${' '.repeat(width)}  ↑ allowed: ${problem}`)];
    return [value === null || !used ? colors.dim(line) : line];
  });
}
