import { readFileSync } from 'node:fs';

/** Pages whose commands a newcomer types. */
export const PAGES = ['README.md', 'docs/getting-started.md'];

/** Commands of the `sh` blocks of a page, one a line and one a part of `a && b`, without comments. */
export function commandsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^```(?:sh|bash|shell)\n([^]*?)^```$/gm)]
    .flatMap(([, block]) => block!.split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split('&&'))
    .map((command) => command.trim())
    .filter((command) => command !== '');
}

/** How a documented command is run on every change. */
export type Run =
  /** A step of the CI workflow, word for word. */
  | { by: 'ci' }
  /** test/docs/commands.itest.ts types it into a shell, in this order. */
  | { by: 'shell' }
  /** Another test does what it does; `says` stands in that file. For what asks or never ends. */
  | { by: 'test'; file: string; says: string };

/** Every command of the pages above, and where it is run. The order is that in which the shell gets them. */
export const RUNS: Readonly<Record<string, Run>> = {
  'npm ci': { by: 'ci' },
  'npm test': { by: 'ci' },
  'npm run demo': { by: 'ci' },
  'npx conversation-analytics dev': { by: 'shell' },
  'npx conversation-analytics init': { by: 'shell' },
  'npx conversation-analytics inspect': { by: 'shell' },
  'npx conversation-analytics doctor': { by: 'shell' },
  'npx conversation-analytics collect --start-date 2026-08-01 --end-date 2026-08-07': { by: 'shell' },
  'npx conversation-analytics status': { by: 'shell' },
  'npx conversation-analytics status --watch': { by: 'shell' },
};
