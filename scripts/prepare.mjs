// Runs on `npm ci`: builds, so that `npx conversation-analytics …` works in a clone. npm runs `prepare` again at a cold
// `npx` of the root's own bin; rebuilding then would rewrite dist under running workers.
import { existsSync } from 'node:fs';

const built = existsSync(new URL('../dist/client/main.js', import.meta.url));
if (process.env.npm_command === 'exec' && built) process.exit(0);
await import('./build.mjs');
