/** How one thing stands. `embedded`: the environment does not name it, so commands start it when they need it. */
export type Level = 'ok' | 'embedded' | 'warning' | 'broken';

export const AREAS = ['Node', 'Settings', 'Temporal', 'NocoDB', 'MongoDB', 'Lake', 'Categorizer'] as const;
export type Area = (typeof AREAS)[number];

/** One line of the doctor. */
export interface Finding {
  area: Area;
  /** What was looked at, such as `namespace`. */
  check: string;
  level: Level;
  message: string;
  /** What to do, naming the variable; only where something is not as it should be. */
  remedy?: string;
  /** Heals it; only where that can be done from here. */
  repair?: () => Promise<string>;
  /** Set once `repair` has run: what it did. */
  repaired?: string;
}

/** Takes findings as they are made, so that those before a fault or a timeout are kept. */
export type Report = (finding: Omit<Finding, 'area'>) => void;

export interface Check {
  area: Area;
  timeoutMs: number;
  /** The variables to look at where it does not answer in time. */
  variables: string;
  run: (report: Report, signal: AbortSignal) => Promise<void>;
  /** Heals run after `run` has ended; what they need open is closed here. */
  close?: () => Promise<void>;
}

/** Runs checks side by side; none can keep another from its end, or hide what it found. */
export async function runChecks(checks: readonly Check[]): Promise<Finding[]> {
  const all = await Promise.all(checks.map(runCheck));
  return all.flat();
}

async function runCheck({ area, timeoutMs, variables, run }: Check): Promise<Finding[]> {
  const findings: Finding[] = [];
  let over = false;
  const report: Report = (finding) => {
    // What comes after the timeout would contradict the line that says so.
    if (!over) findings.push({ area, ...finding });
  };
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      report({
        check: 'answer',
        level: 'broken',
        message: `no answer within ${Math.round(timeoutMs / 1000)} s`,
        remedy: `check ${variables} and the network between here and there`,
      });
      over = true;
      abort.abort();
      resolve();
    }, timeoutMs);
  });
  const work = run(report, abort.signal).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    report({
      check: 'answer',
      level: 'broken',
      message: firstLine(message),
      remedy: `check ${variables}`,
    });
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
  return findings;
}

export function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Runs the heals, one after the other; what cannot be healed keeps its level and says why. */
export async function repairAll(findings: readonly Finding[]): Promise<Finding[]> {
  const healed: Finding[] = [];
  for (const finding of findings) {
    const { repair, remedy, ...rest } = finding;
    if (repair === undefined) {
      healed.push(finding);
      continue;
    }
    try {
      healed.push({ ...rest, level: 'ok', repaired: await repair() });
    } catch (error) {
      const reason = firstLine(error instanceof Error ? error.message : String(error));
      healed.push({
        ...rest,
        message: `${rest.message}; it could not be healed: ${reason}`,
        ...(remedy === undefined ? {} : { remedy }),
      });
    }
  }
  return healed;
}
