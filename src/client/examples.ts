import type { Command } from 'commander';

import { pathOf } from './cli-command.js';

/** Examples shown below the help of a command, by its name; each as [what it does, arguments]. */
const EXAMPLES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  '': [
    ['see the whole pipeline on generated conversations', 'demo'],
    ['collect a week', 'collect --start-date 2026-08-01 --end-date 2026-08-07'],
    ['find out why something does not work', 'doctor'],
  ],
  collect: [
    ['a week, all apps', '--start-date 2026-08-01 --end-date 2026-08-07'],
    ['what is new or has changed since the last time', ''],
    ['the same of one app', '--app-id shop'],
    ['go on with what was interrupted', '--resume'],
    [
      'how much there is, and how long it would take',
      '--start-date 2026-08-01 --end-date 2026-08-07 --dry-run',
    ],
    ['one app, a day', '--start-date 2026-08-01 --end-date 2026-08-01 --app-id shop'],
    ['the result for a script', '--start-date 2026-08-01 --end-date 2026-08-07 --json | jq .summary.status'],
  ],
  status: [
    ['the last runs', ''],
    ['how one stands', 'collect/_all/2026-08-01..2026-08-07'],
    ['follow the newest to its end', '--watch'],
  ],
  reconcile: [
    [
      'what NocoDB no longer has, or holds otherwise',
      '--start-date 2026-08-01 --end-date 2026-08-31 --dry-run',
    ],
    ['put it right, and keep what is gone, marked', '--start-date 2026-08-01 --end-date 2026-08-31'],
    ['remove what is gone', '--start-date 2026-08-01 --end-date 2026-08-31 --remove'],
  ],
  init: [
    ['be asked for everything', ''],
    [
      'say all of it in a script',
      "--url https://nocodb.example.com --base Support --set 'conversations.user_id=Customer No' --yes",
    ],
  ],
  inspect: [['what was found in NocoDB, and what is missing', '']],
  failures: [['what failed in a run', 'collect/_all/2026-08-01..2026-08-07']],
  retry: [['run all failed batches again, and look on', 'collect/_all/2026-08-01..2026-08-07 --watch']],
  pause: [['start no more batches for now', 'collect/_all/2026-08-01..2026-08-07']],
  resume: [['go on', 'collect/_all/2026-08-01..2026-08-07']],
  'set-concurrency': [['two batches at a time', 'collect/_all/2026-08-01..2026-08-07 2']],
  cancel: [['end a run', 'collect/_all/2026-08-01..2026-08-07']],
  worker: [
    ['everything in one process', ''],
    ['a machine with a GPU', '--queues categorize'],
    ['all but the GPU queue', '--queues main,source,process'],
  ],
  dev: [
    ['a local stack until Ctrl-C', ''],
    ['begin anew', '--reset'],
  ],
  demo: [
    ['see it once', ''],
    ['look around in the Web UI afterwards', '--keep'],
  ],
  train: [
    [
      'texts of your own: label, TAB and text a line',
      '--train labelled.tsv --dev held-out.tsv --out models/mine',
    ],
    [
      'CSV with the columns text, label and topic',
      '--train labelled.csv --out models/mine --taxonomy taxonomy.yaml',
    ],
    ['the shipped model again', '--data data --out models/default --seed 1'],
  ],
  evaluate: [
    ['labelled texts of your own', '--model models/mine --test labelled.csv --html confusion.html'],
    ['the same for a script', '--model models/mine --test labelled.csv --json | jq .accuracy'],
    ['the shipped model', '--model models/default --data data'],
  ],
  classify: [
    ['a text', "'where is my order'"],
    ['a text a line, for a script', '--file texts.txt --json | jq -r .intent'],
    ['a model of your own', "--model models/mine 'where is my order'"],
  ],
  labels: [['take over what people labelled', 'import labels.csv']],
  'labels import': [
    ['a CSV file', 'labels.csv'],
    ['JSON lines of another source', 'labels.jsonl --source support'],
  ],
  'labels list': [
    ['the first fifty', ''],
    ['intents, for a script', '--task intent --json'],
  ],
  'labels export': [['keep a copy', '> labels.csv']],
  recategorize: [
    [
      'what another model would change',
      '--start-date 2026-08-01 --end-date 2026-08-07 --model models/mine --dry-run',
    ],
    ['switch to it', '--start-date 2026-08-01 --end-date 2026-08-07 --model models/mine'],
    ['apply labels of people to stored days', '--start-date 2026-08-01 --end-date 2026-08-07'],
  ],
  config: [['every setting and where it comes from', 'show']],
  'config show': [
    ['every setting and where it comes from', ''],
    ['one of them, for a script', `--json | jq '.settings[] | select(.name == "LAKE_DIR").value'`],
  ],
  doctor: [
    ['look at everything', ''],
    ['heal what can be healed', '--repair'],
    ['what is broken, for a script', `--json | jq '.findings[] | select(.level == "broken")'`],
  ],
  open: [
    ["Temporal's Web UI", 'ui'],
    ['the path of the lake', 'lake --print'],
  ],
  completion: [
    ['this shell only (bash)', 'bash > /tmp/ca.sh && . /tmp/ca.sh'],
    ['every shell (bash)', 'bash > ~/.local/share/bash-completion/completions/conversation-analytics'],
    ['zsh, in a folder of $fpath', 'zsh > ~/.zfunc/_conversation-analytics'],
    ['fish', 'fish > ~/.config/fish/completions/conversation-analytics.fish'],
  ],
  rejects: [
    ['of every committed day', ''],
    ['of a run', 'collect/_all/2026-08-01..2026-08-07'],
    ['why, of one app', '--app-id shop --reason invalid_row --json'],
  ],
  report: [
    ['of a day, and look at it', 'build --kind daily --period 2026-08-01 --open'],
    ['those that are stored', 'list'],
  ],
  'report build': [
    ['a day', '--kind daily --period 2026-08-01'],
    ['a week of one app, opened in a browser', '--kind weekly --period 2026-W31 --app-id shop --open'],
    ['a month, and have it sent', '--kind monthly --period 2026-08 --deliver'],
  ],
  'report list': [
    ['all', ''],
    [
      'those that are not final, for a script',
      `--json | jq '.[] | select(.revisions[-1].status == "provisional")'`,
    ],
  ],
  'report show': [
    ['the one built last', ''],
    ['a week of all apps', 'weekly/2026-W31'],
    [
      'one figure, for a script',
      `daily/2026-08-01 --json | jq '.document.rows[] | select(.metric == "sessions")'`,
    ],
  ],
  'report diff': [
    ['what the newest revision has changed', 'daily/2026-08-01'],
    ['since the first', 'daily/2026-08-01 --from 1'],
  ],
  'report approve': [['let the month be sent', 'monthly/2026-08']],
  query: [
    [
      'conversations by topic',
      '"SELECT topic, count(*) AS n FROM conversations GROUP BY ALL ORDER BY n DESC"',
    ],
    [
      'a week, as CSV',
      `"SELECT * FROM messages" --start-date 2026-08-01 --end-date 2026-08-07 --format csv > week.csv`,
    ],
    ['the columns of a view', '"DESCRIBE conversations"'],
  ],
  schedule: [
    ['collect every hour, and a report a day', 'apply --collect 1h --daily 06:00'],
    ['what fires when', 'list'],
  ],
  'schedule apply': [
    ['what the file says', '--file schedules.yaml'],
    ['what would change', '--file schedules.yaml --dry-run'],
    ['without a file', '--collect 1h --daily 06:00 --weekly 06:30 --monthly 07:00'],
  ],
  'schedule list': [
    ['what fires when', ''],
    ['those that are paused, for a script', "--json | jq '.[] | select(.paused).name'"],
  ],
  'schedule pause': [['no daily report for now', "daily --reason 'holidays'"]],
  'schedule resume': [['go on', 'daily']],
  'schedule trigger': [['the report of yesterday, now', 'daily']],
  'schedule backfill': [['a report for each day of a month', 'daily --from 2026-08-01 --to 2026-08-31']],
  'schedule delete': [['one that is not needed', 'daily']],
  mongo: [['make the projection anew', 'rebuild']],
  'mongo rebuild': [
    ['all of it, without being asked', '--yes'],
    ['a week', '--start-date 2026-08-01 --end-date 2026-08-07'],
  ],
};

/** Adds to every command the examples that it has none of its own for. */
export function addExamples(program: Command): void {
  for (const command of everyCommand(program)) {
    const examples = EXAMPLES[pathOf(command).split(' ').slice(1).join(' ')];
    if (examples === undefined) continue;
    const lines = examples.flatMap(([what, args]) => [
      `  # ${what}`,
      `  $ ${`${pathOf(command)} ${args}`.trimEnd()}`,
    ]);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
}

/** A command and all beneath it. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
