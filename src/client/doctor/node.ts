import { readFileSync } from 'node:fs';

import type { Check, Finding } from './finding.js';

/** What the check looks at; tests give it other machines. */
export interface Machine {
  node: string;
  platform: string;
  arch: string;
  /** Version of glibc; undefined on Linux: another C library. */
  glibc: string | undefined;
}

export function checkNode(machine: Machine = thisMachine()): Check {
  return {
    area: 'Node',
    timeoutMs: 5_000,
    variables: 'the installation of Node.js',
    run: (report) => {
      report(version(machine));
      report(platform(machine));
      return Promise.resolve();
    },
  };
}

function version({ node }: Machine): Omit<Finding, 'area'> {
  const minimum = minimumNode();
  if (atLeast(node, minimum)) return { check: 'version', level: 'ok', message: `Node ${node}` };
  return {
    check: 'version',
    level: 'broken',
    message: `Node ${node} is older than ${minimum}`,
    remedy: `install Node ${minimum} or newer, such as the current LTS, and run npm ci again`,
  };
}

function platform({ platform: name, arch, glibc }: Machine): Omit<Finding, 'area'> {
  const here = `${name} ${arch}`;
  if (name === 'linux' && glibc === undefined) {
    return {
      check: 'platform',
      level: 'broken',
      message: `${here} without glibc, such as Alpine: Temporal's library does not load`,
      remedy: 'use a distribution or image with glibc, such as node:22-bookworm-slim',
    };
  }
  if (name === 'linux' || name === 'darwin') return { check: 'platform', level: 'ok', message: here };
  return {
    check: 'platform',
    level: 'broken',
    message: `${here} is not supported`,
    remedy: 'use Linux or macOS; on Windows, WSL 2',
  };
}

function atLeast(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((text) => text.split('.').map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (a?.[part] ?? 0) - (b?.[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** As package.json demands it. */
function minimumNode(): string {
  const file = new URL('../../../package.json', import.meta.url);
  const { engines } = JSON.parse(readFileSync(file, 'utf8')) as { engines?: { node?: string } };
  return engines?.node?.replace(/^\D+/, '') ?? '0';
}

function thisMachine(): Machine {
  return {
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    glibc: glibcVersion(),
  };
}

function glibcVersion(): string | undefined {
  // Without this it resolves the names of every open connection.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime;
}
