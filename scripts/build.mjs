// Compiles src and bundles the workflow code once, so that workers start fast and run what was tested. Everything is
// made beside dist and moved there at the end: a failed build leaves the old one, and running workers lose nothing.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const made = `${root}dist.${process.pid}`;
const replaced = `${made}.old`;

try {
  execFileSync(
    process.execPath,
    [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`, '--outDir', made],
    { stdio: 'inherit', cwd: root },
  );
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, log() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath: `${made}/workflows/index.js`, logger: quiet });
  writeFileSync(`${made}/workflow-bundle.js`, code);
  chmodSync(`${made}/client/main.js`, 0o755);

  if (existsSync(`${root}dist`)) renameSync(`${root}dist`, replaced);
  renameSync(made, `${root}dist`);
} catch (error) {
  // tsc has already said what is wrong, file by file.
  console.error(`The build failed: ${error.message.split('\n', 1)[0]}`);
  process.exitCode = 1;
} finally {
  rmSync(made, { recursive: true, force: true });
  rmSync(replaced, { recursive: true, force: true });
}
