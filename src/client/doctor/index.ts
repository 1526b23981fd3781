import {
  ConfigError,
  diagnoseConfig,
  mergedEnvironment,
  resolveTemporal,
  type ConfigProblem,
  type TemporalTarget,
} from '../../config.js';
import { dataDirectory } from '../../devstack/paths.js';
import { findRunningDev, type DevState } from '../../devstack/state.js';
import { isLoopback } from '../connection.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type Io } from '../globals.js';
import { colorsFor, type Colors } from '../render/colors.js';
import { withEmbeddedLake } from '../surroundings.js';
import { checkCategorizer } from './categorizer.js';
import { AREAS, repairAll, runChecks, type Area, type Check, type Finding, type Level } from './finding.js';
import { checkLake } from './lake.js';
import { checkMongo } from './mongodb.js';
import { checkNocoDb } from './nocodb.js';
import { checkNode } from './node.js';
import { checkTemporal } from './temporal.js';

export interface DoctorRequest {
  repair: boolean;
  json: boolean;
}

/** The `doctor` command: looks at everything side by side, and starts nothing. */
export async function doctor({ repair, json }: DoctorRequest, io: Io): Promise<ExitCode> {
  if (!json) io.stderr.write('Looking at everything that a collection needs …\n');
  const { findings: settings, checks } = await planChecks(io);
  let findings = [...settings, ...(await runChecks(checks))];
  if (repair) findings = await repairAll(findings);
  await Promise.all(checks.flatMap((check) => check.close?.() ?? []));
  findings.sort((a, b) => AREAS.indexOf(a.area) - AREAS.indexOf(b.area));
  const broken = findings.filter(({ level }) => level === 'broken').length;
  if (json) printJson(io, { ok: broken === 0, findings: findings.map(plain) });
  else printLines(io.stdout, describe(findings, colorsFor(io.stdout, io.env)));
  return broken === 0 ? EXIT.complete : EXIT.broken;
}

/** A setting that cannot be used is a finding of its area, which is then not looked at further. */
async function planChecks(io: Io): Promise<{ findings: Finding[]; checks: Check[] }> {
  const env = mergedEnvironment({ env: io.env });
  const dataDir = dataDirectory(env);
  const temporal = targetOf(env);
  const named = 'problem' in temporal ? null : temporal.target;
  const dev = 'target' in temporal && named === null ? await findRunningDev(dataDir) : undefined;
  const diagnosed = diagnoseConfig({ env: { ...env, ...dev?.env }, dotenvPath: null });
  const problems = [...diagnosed.problems, ...('problem' in temporal ? temporal.problem : [])];
  const config = named === null ? withEmbeddedLake(diagnosed.config, dataDir) : diagnosed.config;
  const target = named ?? devTarget(dev);
  const checks: Check[] = [
    checkNode(),
    checkTemporal({ target, ofDev: dev !== undefined }),
    checkNocoDb({ nocodb: config.nocodb }),
    checkMongo({ mongodb: config.mongodb, embedded: target === null }),
    checkLake({ config, remoteTemporal: named !== null && !isLoopback(named.address) }),
    checkCategorizer({ gpu: config.gpu, modelDir: config.modelDir }),
  ];
  const findings = problems.map(findingOf);
  const spoiled = new Set(findings.map(({ area }) => area));
  return { findings, checks: checks.filter(({ area }) => area === 'Categorizer' || !spoiled.has(area)) };
}

function targetOf(
  env: Record<string, string>,
): { target: TemporalTarget | null } | { problem: readonly ConfigProblem[] } {
  try {
    const target = resolveTemporal({ env });
    return { target: target.address === null ? null : target };
  } catch (error) {
    if (error instanceof ConfigError) return { problem: error.problems };
    throw error;
  }
}

function devTarget(dev: DevState | undefined): TemporalTarget | null {
  if (dev === undefined) return null;
  const { address, namespace } = dev.temporal;
  return { address, namespace, connectionOptions: { address } };
}

const AREA_OF: readonly (readonly [RegExp, Area])[] = [
  [/^NOCODB_/, 'NocoDB'],
  [/^MONGODB_/, 'MongoDB'],
  [/^(LAKE|S3|AWS)_/, 'Lake'],
  [/^(TEMPORAL_(?!UI_URL)|Temporal's)/, 'Temporal'],
];

function findingOf({ setting, from, value, allowed }: ConfigProblem): Finding {
  const area = AREA_OF.find(([pattern]) => pattern.test(setting))?.[1] ?? 'Settings';
  const where = from === undefined ? '' : ` (in ${from})`;
  const what =
    value === undefined
      ? 'is not set'
      : `${value === '(hidden)' ? value : JSON.stringify(value)} cannot be used`;
  return {
    area,
    check: 'setting',
    level: 'broken',
    message: `${setting}${where} ${what}`,
    remedy: `set ${setting} to ${allowed}`,
  };
}

function plain({ area, check, level, message, remedy, repaired }: Finding) {
  return { area, check, level, message, remedy: remedy ?? null, repaired: repaired ?? null };
}

const WORDS: Readonly<Record<Level, string>> = {
  ok: 'ok',
  embedded: 'embedded',
  warning: 'warning',
  broken: 'broken',
};

function describe(findings: readonly Finding[], colors: Colors): string[] {
  const paint: Record<Level, (text: string) => string> = {
    ok: colors.green,
    embedded: colors.cyan,
    warning: colors.yellow,
    broken: colors.red,
  };
  const width = Math.max(...AREAS.map((area) => area.length));
  const lines = findings.flatMap(({ area, level, message, remedy, repaired }) => [
    `${paint[level](WORDS[level].padEnd(8))}  ${area.padEnd(width)}  ${repaired === undefined ? message : `healed: ${repaired}`}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(width + 12)}→ ${remedy}`]),
  ]);
  return [...lines, '', verdict(findings)];
}

function verdict(findings: readonly Finding[]): string {
  const many = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const [broken, warnings] = [many('broken'), many('warning')];
  if (broken > 0) return `${broken} broken, ${warnings} to look at.`;
  return warnings === 0 ? 'Everything is well.' : `Nothing is broken; ${warnings} to look at.`;
}
