import type { Command } from 'commander';

import type { Io } from '../globals.js';

interface Options {
  url?: string;
  token?: string;
  base?: string;
  conversationsTable?: string;
  messagesTable?: string;
  timezone?: string;
  set: string[];
  mapping?: string;
  yes: boolean;
  json: boolean;
}

export function addInit(program: Command, io: Io): void {
  program
    .command('init')
    .summary('connect to your NocoDB: find its tables and columns, write .env and the mapping file')
    .description(
      'Asks for address and token, or takes flags, finds the tables and columns that hold conversations, shows the newest ' +
        'five as it reads them, and writes .env (for you alone: it holds the token) and the mapping file. Where two ' +
        'columns are plausible it asks; without a terminal it names both, and the flag that decides.',
    )
    .option('--url <address>', 'address of NocoDB; default: NOCODB_BASE_URL')
    .option('--token <token>', 'API token; default: NOCODB_API_TOKEN')
    .option('--base <id>', 'id or title of the base; default: the only one')
    .option('--conversations-table <table>', 'title or id; default: the one with a usual name')
    .option('--messages-table <table>', 'title or id; default: the one with a usual name')
    .option('--timezone <zone>', 'zone of times without an offset, such as Europe/Berlin')
    .option(
      '--set <key=value>',
      'a key of the mapping file, such as conversations.user_id=Customer; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .option('--mapping <path>', 'the mapping file; default: conversation-analytics.mapping.yaml')
    .option('--yes', 'overwrite what .env and the mapping file say otherwise', false)
    .option('--json', 'ask nothing, and print what was found as JSON on stdout', false)
    .action(async (options: Options) => {
      const { init } = await import('../init/index.js');
      io.setExitCode(await init(options, io));
    });
}
