import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { dataDirectory } from '../devstack/paths.js';
import { compareWithTruth, type Accuracy } from './accuracy.js';
import type { DateRange } from './arguments.js';
import { listen, type Interruption } from './interruption.js';
import { inputOf } from './collect-run.js';
import { startCollection } from './collection.js';
import { demoEnvironment, isolateProcess } from './demo-environment.js';
import { buildDemoReports, type DemoReport } from './demo-reports.js';
import { keepUp } from './dev.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { followCollection } from './follow.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { readConversationLabels } from './labels.js';
import { accuracyLines } from './render/accuracy.js';
import { colorsFor } from './render/colors.js';
import { createScreen, type Screen } from './render/screen.js';
import { summaryLines } from './render/summary.js';
import { buildReport } from './report.js';
import { startSession, type Session } from './session.js';

/** Lies in the demo's data directory once a demo has come to its end. */
const FINISHED = 'demo-finished';

interface DemoOptions {
  keep: boolean;
  json: boolean;
}

/**
 * The `demo` command: the main job on the sample source, on a stack of its own in a directory of its own. Neither
 * `.env` nor Temporal's profile nor a variable of the user's own systems is read.
 */
export async function demo(options: DemoOptions, { logLevel }: GlobalOptions, io: Io): Promise<ExitCode> {
  isolateProcess(process.env);
  const env = demoEnvironment(io.env);
  const dataDir = join(dataDirectory(env), 'demo');
  const colors = colorsFor(io.stderr, io.env);
  const screen = createScreen(io.stderr, colors);
  const interruption = listen(io, screen);
  let session: Session | null = null;
  try {
    await removeFinishedDemo(dataDir, (line) => screen.line(colors.dim(line)));
    session = await interruption.orAbandon(
      startSession({
        env,
        ignoreProfile: true,
        dataDir,
        sample: true,
        mongodb: true,
        logLevel,
        tell: (line) => screen.line(colors.dim(line)),
      }),
    );
    if (session === null) return EXIT.interrupted;
    const exitCode = await collectSample(session, options, screen, interruption, io);
    if (exitCode === EXIT.complete) await writeFile(join(dataDir, FINISHED), '');
    if (options.keep && exitCode !== EXIT.interrupted) {
      const command = `CONVERSATION_ANALYTICS_DATA=${relative('.', dataDir)} npx conversation-analytics`;
      await keepUp(session, interruption.choice, io, colors, command);
    }
    return exitCode;
  } finally {
    screen.done();
    if (session !== null) {
      screen.line(colors.dim('Stopping the stack …'));
      await session.close();
    }
    interruption.stop();
  }
}

/** A demo shows a first run: what a finished one has left goes. One that was interrupted goes on where it ended. */
async function removeFinishedDemo(dataDir: string, tell: (line: string) => void): Promise<void> {
  const finished = join(dataDir, FINISHED);
  if (!existsSync(finished)) return;
  const { resetStack } = await import('../devstack/stack.js');
  await resetStack(dataDir);
  await rm(finished);
  tell('Removed what the last demo had left');
}

async function collectSample(
  session: Session,
  { json }: DemoOptions,
  screen: Screen,
  interruption: Interruption,
  io: Io,
): Promise<ExitCode> {
  const { generateSample } = await import('../devstack/sample/index.js');
  // Made from the same seed as what the source serves.
  const sample = generateSample();
  const range: DateRange = { startDate: sample.firstDay, endDate: sample.lastDay };
  const input = inputOf({ ...range, mongodb: true }, session);
  const { handle } = await startCollection(session.temporal, input);
  const following = await followCollection(handle, { session, screen, interrupted: interruption.choice });
  if (following.kind === 'interrupted') {
    screen.line('Stopped. Run the demo again: it goes on where this one ended.');
    return EXIT.interrupted;
  }
  const report = await buildReport(handle, following, session, { mongodb: input.mongodb });
  const rows = await readConversationLabels(session.config, { ...range, appId: null });
  const accuracy: Accuracy = compareWithTruth(rows, sample.truth);
  screen.wait('Building a daily, a weekly and a monthly report …');
  const reports = report.exitCode === EXIT.complete ? await buildDemoReports(session, range.endDate) : [];
  screen.done();
  if (json) printJson(io, { ...report, accuracy, reports });
  else {
    const colors = colorsFor(io.stdout, io.env);
    printLines(io.stdout, [
      ...summaryLines(report, colors),
      ...accuracyLines(accuracy),
      ...reportLines(reports),
    ]);
  }
  return report.exitCode;
}

function reportLines(reports: readonly DemoReport[]): string[] {
  if (reports.length === 0) return [];
  return [
    'Reports',
    ...reports.map(({ kind, status, page }) => `  ${kind.padEnd(10)}${(status ?? '').padEnd(13)}${page}`),
  ];
}
