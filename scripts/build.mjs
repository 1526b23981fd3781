// Compiles src to dist and bundles the workflow code once, so that workers start fast and run what was tested.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = (relative) => `${root}${relative}`;

rmSync(path('dist'), { recursive: true, force: true });
execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.build.json')], {
  stdio: 'inherit',
  cwd: root,
});

const workflows = path('dist/workflows/index.js');
if (existsSync(workflows)) {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, log() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath: workflows, logger: quiet });
  writeFileSync(path('dist/workflow-bundle.js'), code);
}
if (existsSync(path('dist/client/main.js'))) chmodSync(path('dist/client/main.js'), 0o755);
