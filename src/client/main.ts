#!/usr/bin/env node
import { EXIT } from './exit-codes.js';
import { main } from './run.js';

// Entry of the `conversation-analytics` command.

// A reader that goes away (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.complete);
});

process.exitCode = await main();

// What is still open by now (a retry timer of a library, say) has no work left to do.
process.stdout.write('', () => process.exit());
