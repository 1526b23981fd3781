import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

import type { ObjectInfo, ObjectStore } from '../ports/object-store.js';
import type { Place } from './commands/open.js';
import { CliError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './globals.js';
import { withLakeStore } from './lake-store.js';
import { findSurroundings, lakeLocation, type Surroundings } from './surroundings.js';

/** Where rendered reports lie in the lake. */
const REPORTS_PREFIX = 'analytics_reports/';

/** The `open` command. The address or path is printed on stdout in any case. */
export async function openPlace(what: Place, { print }: { print: boolean }, io: Io): Promise<ExitCode> {
  const place = await FINDERS[what](await findSurroundings(io));
  io.stdout.write(`${place}\n`);
  if (!print) await launchOrTell(place, io);
  return EXIT.complete;
}

/** Hands an address or path to the desktop; where that cannot be, says why on stderr. */
export async function launchOrTell(place: string, io: Io): Promise<void> {
  const reason = place.startsWith('s3://') ? 'the lake is in S3' : cannotOpen(io);
  const failed = reason ?? (await launch(place, io));
  if (failed !== null) io.stderr.write(`Not opened: ${failed}.\n`);
}

const FINDERS: Record<Place, (surroundings: Surroundings) => string | Promise<string>> = {
  ui: webUi,
  lake: lakeFolder,
  report: newestReport,
};

function webUi({ config, temporal, dev }: Surroundings): string {
  if (config.temporalUi !== undefined) return config.temporalUi;
  if (dev?.temporal.uiUrl !== undefined) return dev.temporal.uiUrl;
  if (temporal.address === null) {
    throw new CliError(
      EXIT.unreachable,
      'No Temporal is named, and no `dev` is running on this data directory, so there is no Web UI.\n' +
        'Set TEMPORAL_ADDRESS and TEMPORAL_UI_URL,\n' +
        'or start the local stack: conversation-analytics dev',
    );
  }
  if (/\.(tmprl\.cloud|temporal\.io)(:\d+)?$/.test(temporal.address)) {
    return `https://cloud.temporal.io/namespaces/${encodeURIComponent(temporal.namespace)}`;
  }
  throw new CliError(
    EXIT.usage,
    `TEMPORAL_UI_URL is not set, and a server does not say where its Web UI is (Temporal at ${temporal.address}).\n` +
      'Allowed is an http:// or https:// address.\n' +
      'Set it, for example: TEMPORAL_UI_URL=http://localhost:8080',
  );
}

function lakeFolder({ config }: Surroundings): string {
  if (config.lake.s3 !== null || existsSync(config.lake.dir)) return lakeLocation(config);
  throw new CliError(
    EXIT.usage,
    `There is no lake at ${config.lake.dir} (LAKE_DIR) yet.\n` +
      'It is made by the first collection.\n' +
      'Make one: conversation-analytics collect --start-date <day> --end-date <day>',
  );
}

async function newestReport({ config }: Surroundings): Promise<string> {
  const path = await withLakeStore(config, async (store) => {
    const newest = await newestPage(store);
    return newest === null ? null : store.localPath(newest.key);
  });
  if (path !== null) return path;
  throw new CliError(
    EXIT.usage,
    `No report has been written yet: there is none below ${REPORTS_PREFIX} in ${lakeLocation(config)}.\n` +
      'Reports are made of committed days; a collection alone writes none.\n' +
      'Build one: conversation-analytics report build --help',
  );
}

async function newestPage(store: ObjectStore): Promise<ObjectInfo | null> {
  let newest: ObjectInfo | null = null;
  for await (const object of store.list(REPORTS_PREFIX)) {
    if (!object.key.endsWith('.html')) continue;
    if (newest === null || object.modifiedAt > newest.modifiedAt) newest = object;
  }
  return newest;
}

/** Why nothing can be opened here; null: it can be tried. */
function cannotOpen({ env }: Io): string | null {
  if (process.platform === 'darwin') return null;
  const hasDisplay = ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER'].some((name) => (env[name] ?? '') !== '');
  return hasDisplay ? null : 'this machine has no display (DISPLAY is not set)';
}

/** Hands the place to the desktop. @returns why it could not be opened */
function launch(place: string, { env }: Io): Promise<string | null> {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  return new Promise((resolve) => {
    const child = spawn(program, [place], { stdio: 'ignore', detached: true, env: { ...env } });
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? `${program} is not installed` : `${program}: ${error.message}`),
    );
    // The browser may stay in the foreground: that it has begun is enough.
    child.once('spawn', () => {
      child.unref();
      resolve(null);
    });
  });
}
