import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { EXIT } from '../../src/client/exit-codes.js';
import { main } from '../../src/client/run.js';
import { ioOf } from './support.js';

const DAY_AFTER_TOMORROW = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
const DAYS = ['--start-date', '2026-03-01', '--end-date', '2026-03-02'];
const RUN = 'collect/_all/2026-03-01..2026-03-02';
const NOCODB = {
  NOCODB_BASE_URL: 'http://127.0.0.1:1',
  NOCODB_API_TOKEN: 'top-secret',
  NOCODB_PROJECT_ID: 'p1',
};
const home = process.cwd();
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'bad-input-'));
  writeFileSync(join(dir, 'a-file'), 'text');
  writeFileSync(join(dir, 'bad.yaml'), 'a: [');
  mkdirSync(join(dir, 'broken-lake', '_days', '2026-03-01'), { recursive: true });
  writeFileSync(join(dir, 'broken-lake', '_days', '2026-03-01', 'manifest.json'), '{');
  mkdirSync(join(dir, 'a-folder'));
  mkdirSync(join(dir, 'place'));
  writeFileSync(join(dir, 'place', '.env'), 'MAX_WORKERS=none\nBATCH_SIZE=10\n');
  mkdirSync(join(dir, 'odd', '.env'), { recursive: true });
});
afterAll(() => {
  process.chdir(home);
  rmSync(dir, { recursive: true });
});

interface Case {
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** What the error must name. */
  names: string | RegExp;
  allowed: string | RegExp;
  next: string | RegExp;
  /** Default: wrong usage. */
  code?: number;
}

/** `DIR` in arguments, environment and expectations stands for the folder of the test. */
const CASES: Case[] = [
  // Days and ranges
  {
    args: ['collect', '--start-date', '2026-02-30', '--end-date', '2026-03-01'],
    names: '2026-02-30',
    allowed: 'YYYY-MM-DD',
    next: 'for example',
  },
  {
    args: ['collect', '--start-date', '2026-3-1', '--end-date', '2026-03-01'],
    names: '2026-3-1',
    allowed: 'YYYY-MM-DD',
    next: 'For example',
  },
  {
    args: ['collect', '--start-date', 'yesterday', '--end-date', '2026-03-01'],
    names: 'yesterday',
    allowed: 'YYYY-MM-DD',
    next: 'For example',
  },
  {
    args: ['collect', '--start-date', '', '--end-date', '2026-03-01'],
    names: '""',
    allowed: 'YYYY-MM-DD',
    next: 'For example',
  },
  {
    args: ['collect', '--start-date', '2026-03-01', '--end-date', DAY_AFTER_TOMORROW],
    names: DAY_AFTER_TOMORROW,
    allowed: 'today',
    next: 'To collect up to now',
  },
  {
    args: ['collect', '--start-date', '1999-12-31', '--end-date', '2026-03-01'],
    names: '1999-12-31',
    allowed: '2000-01-01',
    next: 'from the beginning',
  },
  {
    args: ['collect', '--start-date', '2026-03-02', '--end-date', '2026-03-01'],
    names: '2026-03-02',
    allowed: 'inclusive',
    next: 'Did you mean',
  },
  {
    args: ['collect', '--end-date', '2026-03-01'],
    names: '2026-03-01',
    allowed: 'Allowed are',
    next: 'For example',
  },
  { args: ['collect', '--resume', ...DAYS], names: '2026-03-01', allowed: 'one of the two', next: 'Leave' },
  {
    args: ['rejects', '--start-date', '2026-13-01'],
    names: '2026-13-01',
    allowed: 'YYYY-MM-DD',
    next: 'for example',
  },
  {
    args: ['rejects', '--start-date', '2026-03-02', '--end-date', '2026-03-01'],
    names: '2026-03-02',
    allowed: 'inclusive',
    next: 'Did you mean',
  },
  {
    args: ['mongo', 'rebuild', '--yes', '--end-date', 'today'],
    names: 'today',
    allowed: 'YYYY-MM-DD',
    next: 'For example',
  },
  // Counts, names and ids
  {
    args: ['collect', ...DAYS, '--batch-size', '0'],
    names: '--batch-size "0"',
    allowed: '1 to 1000',
    next: 'For example',
  },
  {
    args: ['collect', ...DAYS, '--batch-size', 'many'],
    names: 'many',
    allowed: '1 to 1000',
    next: 'For example',
  },
  {
    args: ['collect', ...DAYS, '--limit', '-1'],
    names: '--limit "-1"',
    allowed: 'whole number',
    next: 'For example',
  },
  {
    args: ['collect', ...DAYS, '--limit', '1e3'],
    names: '1e3',
    allowed: 'whole number',
    next: 'For example',
  },
  {
    args: ['collect', ...DAYS, '--app-id', '_all'],
    names: '_all',
    allowed: 'id of an app',
    next: 'Leave --app-id out',
  },
  {
    args: ['collect', ...DAYS, '--app-id', ' '],
    names: '" "',
    allowed: 'id of an app',
    next: 'Leave --app-id out',
  },
  {
    args: ['worker', '--queues', 'gpu'],
    names: 'gpu',
    allowed: 'main, source, process, categorize',
    next: 'Leave --queues out',
  },
  {
    args: ['worker', '--queues', ''],
    names: '--queues ""',
    allowed: 'main, source, process, categorize',
    next: 'Leave --queues out',
  },
  {
    args: ['rejects', 'collect/_all/today'],
    names: 'collect/_all/today',
    allowed: '2026-08-01..2026-08-07',
    next: 'conversation-analytics status',
  },
  {
    args: ['rejects', 'report/daily'],
    names: 'report/daily',
    allowed: 'collect/_all/',
    next: 'conversation-analytics status',
  },
  {
    args: ['rejects', RUN, '--start-date', '2026-03-01'],
    names: RUN,
    allowed: 'Allowed is a run, or days',
    next: 'Leave one of them out',
  },
  { args: ['rejects', '--reason', 'ugly'], names: 'ugly', allowed: 'invalid_row', next: 'Leave it out' },
  { args: ['rejects', '--limit', '0'], names: '--limit "0"', allowed: 'whole number', next: 'For example' },
  {
    args: ['rejects', '--app-id', '_none'],
    names: '_none',
    allowed: 'id of an app',
    next: 'Leave --app-id out',
  },
  {
    args: ['retry', RUN, '--batch', 'first'],
    names: 'first',
    allowed: '<day>/<number>',
    next: 'conversation-analytics failures',
  },
  { args: ['set-concurrency', RUN, 'all'], names: 'all', allowed: 'whole number', next: 'For example' },
  {
    args: ['--log-level', 'loud', 'status'],
    names: 'loud',
    allowed: 'trace, debug, info',
    next: 'Leave it out',
  },
  {
    args: ['train', '--data', 'DIR/a-folder', '--out', 'DIR/model', '--seed', 'x'],
    names: '--seed "x"',
    allowed: 'whole number',
    next: 'For example',
  },
  // Commands, options and their arguments
  {
    args: ['colect'],
    names: 'colect',
    allowed: /Allowed are .*collect, reconcile, status/,
    next: 'Did you mean collect?',
  },
  {
    args: ['frobnicate'],
    names: 'frobnicate',
    allowed: /Allowed are .*collect/,
    next: 'conversation-analytics --help',
  },
  {
    args: ['collect', '--start-dat', '2026-03-01'],
    names: '--start-dat',
    allowed: '--end-date',
    next: 'Did you mean --start-date?',
  },
  { args: ['collect', '-x'], names: '-x', allowed: '--end-date', next: 'collect --help' },
  { args: ['collect', '--start-date'], names: '--start-date', allowed: 'YYYY-MM-DD', next: 'collect --help' },
  {
    args: ['collect', '2026-03-01'],
    names: '2026-03-01',
    allowed: 'conversation-analytics collect',
    next: 'collect --help',
  },
  { args: ['status', RUN, 'twice'], names: 'twice', allowed: '[id]', next: 'status --help' },
  { args: ['mongo', 'drop'], names: 'drop', allowed: 'rebuild', next: 'mongo --help' },
  { args: ['config', 'set'], names: 'set', allowed: 'show', next: 'config --help' },
  { args: ['open', 'moon'], names: 'moon', allowed: 'ui, lake, report', next: 'open --help' },
  { args: ['open'], names: 'what', allowed: 'ui, lake, report', next: 'open --help' },
  { args: ['completion', 'tcsh'], names: 'tcsh', allowed: 'bash, zsh, fish', next: 'completion --help' },
  {
    args: ['evaluate', '--data', 'x'],
    names: '--model',
    allowed: 'directory of the model',
    next: 'evaluate --help',
  },
  {
    args: ['train', '--out', 'x'],
    names: 'Neither --train nor --data',
    allowed: '--train FILE',
    next: 'For example: conversation-analytics train --train',
  },
  {
    args: ['evaluate', '--model', 'x'],
    names: 'Nothing to measure on',
    allowed: '--test FILE',
    next: 'For example: conversation-analytics evaluate',
  },
  // Environment, one line a setting
  {
    args: ['rejects'],
    env: { NOCODB_BASE_URL: 'nocodb' },
    names: 'NOCODB_BASE_URL = "nocodb"',
    allowed: 'http://',
    next: 'NOCODB_API_TOKEN is not set: an API token',
  },
  {
    args: ['rejects'],
    env: { ...NOCODB, NOCODB_MAPPING: 'DIR/absent.yaml' },
    names: 'DIR/absent.yaml',
    allowed: 'existing YAML file',
    next: 'allowed is',
  },
  {
    args: ['rejects'],
    env: { ...NOCODB, NOCODB_MAPPING: 'DIR/a-folder' },
    names: 'DIR/a-folder',
    allowed: 'existing YAML file',
    next: 'allowed is',
  },
  {
    args: ['rejects'],
    env: { MONGODB_URI: 'user:hunter2@localhost:27017' },
    names: 'MONGODB_URI',
    allowed: 'mongodb://',
    next: 'allowed is',
  },
  {
    args: ['rejects'],
    env: { S3_ENABLED: 'true' },
    names: 'S3_BUCKET is not set',
    allowed: 'existing bucket',
    next: '3 to 63',
  },
  {
    args: ['rejects'],
    env: { S3_ENABLED: 'true', S3_BUCKET: 'My_Bucket' },
    names: 'My_Bucket',
    allowed: '3 to 63',
    next: 'allowed is',
  },
  {
    args: ['rejects'],
    env: { MAX_WORKERS: '0' },
    names: 'MAX_WORKERS = "0"',
    allowed: '1 to 256',
    next: 'allowed is',
  },
  {
    args: ['rejects'],
    env: { TEMPORAL_UI_URL: 'localhost' },
    names: 'TEMPORAL_UI_URL = "localhost"',
    allowed: 'http://',
    next: 'such as',
  },
  {
    args: ['status'],
    env: { TEMPORAL_CONFIG_FILE: 'DIR/no.toml' },
    names: 'DIR/no.toml',
    allowed: 'existing profile file',
    next: 'TEMPORAL_* variables',
  },
  {
    args: ['worker', '--queues', 'source'],
    env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    names: 'NOCODB_BASE_URL is not set',
    allowed: 'http://',
    next: 'NOCODB_PROJECT_ID is not set',
  },
  {
    args: ['rejects'],
    cwd: 'place',
    names: 'MAX_WORKERS (in .env) = "none"',
    allowed: '1 to 256',
    next: 'allowed is',
  },
  { args: ['rejects'], cwd: 'odd', names: 'the .env file', allowed: 'cannot be read', next: '.env' },
  // What is not there
  {
    args: ['status'],
    names: 'No Temporal',
    allowed: 'TEMPORAL_ADDRESS',
    next: 'conversation-analytics dev',
    code: EXIT.unreachable,
  },
  {
    args: ['status'],
    env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    names: '127.0.0.1:1',
    allowed: 'TEMPORAL_ADDRESS',
    next: 'leave the address out',
    code: EXIT.unreachable,
  },
  {
    args: ['open', 'ui'],
    names: 'no Web UI',
    allowed: 'TEMPORAL_UI_URL',
    next: 'conversation-analytics dev',
    code: EXIT.unreachable,
  },
  {
    args: ['open', 'ui'],
    env: { TEMPORAL_ADDRESS: 'temporal:7233' },
    names: 'temporal:7233',
    allowed: 'http://',
    next: 'TEMPORAL_UI_URL=',
  },
  {
    args: ['open', 'lake'],
    env: { LAKE_DIR: 'DIR/nothing' },
    names: 'DIR/nothing',
    allowed: 'first collection',
    next: 'conversation-analytics collect',
  },
  {
    args: ['open', 'report'],
    env: { LAKE_DIR: 'DIR/a-folder' },
    names: 'DIR/a-folder',
    allowed: 'Reports are made of',
    next: 'conversation-analytics report build --help',
  },
  {
    args: ['mongo', 'rebuild', '--yes'],
    names: 'MONGODB_URI is not set',
    allowed: 'mongodb://',
    next: 'conversation-analytics dev',
  },
  {
    args: ['mongo', 'rebuild'],
    env: { MONGODB_URI: 'mongodb://127.0.0.1:1' },
    names: 'nobody can be asked',
    allowed: '--yes',
    next: 'mongo rebuild --yes',
  },
  {
    args: ['rejects'],
    env: { LAKE_DIR: 'DIR/broken-lake' },
    names: '2026-03-01/manifest.json',
    allowed: 'not JSON',
    next: 'collect the day again',
    code: EXIT.failed,
  },
  {
    args: ['evaluate', '--model', 'DIR/no-model', '--data', 'DIR/a-folder'],
    names: 'DIR/no-model',
    allowed: 'model.json',
    next: 'conversation-analytics train',
    code: EXIT.failed,
  },
  {
    args: ['train', '--data', 'DIR/no-data', '--out', 'DIR/model'],
    names: 'DIR/no-data',
    allowed: 'existing directory',
    next: 'docs/categorizer.md',
  },

  // Schedules
  {
    args: ['schedule', 'apply'],
    names: 'schedules.yaml',
    allowed: '--file <path>, or one or more of --collect',
    next: 'For example: --collect 1h',
  },
  {
    args: ['schedule', 'apply', '--file', 'DIR/none.yaml'],
    names: 'DIR/none.yaml',
    allowed: 'a YAML file',
    next: 'docs/schedules.md',
  },
  {
    args: ['schedule', 'apply', '--file', 'DIR/bad.yaml'],
    names: 'DIR/bad.yaml',
    allowed: 'schedules by name',
    next: 'docs/schedules.md',
  },
  {
    args: ['schedule', 'apply', '--daily', '25:00'],
    names: 'schedules.daily.at',
    allowed: 'HH:MM',
    next: 'docs/schedules.md',
  },
  {
    args: ['schedule', 'apply', '--collect', '1s'],
    names: 'schedules.collect.every',
    allowed: '5m to 7d',
    next: 'docs/schedules.md',
  },
  {
    args: ['schedule', 'apply', '--daily', '06:00', '--file', 'DIR/bad.yaml'],
    names: 'DIR/bad.yaml',
    allowed: 'a file, or flags',
    next: 'Leave one of them out',
  },
  {
    args: ['schedule', 'apply', '--app-id', 'shop'],
    names: '--app-id "shop"',
    allowed: '--collect, --daily',
    next: 'For example: --daily 06:00',
  },
  {
    args: ['schedule', 'apply', '--daily', '06:00'],
    env: { REPORT_TIMEZONE: 'Berlin', REPORT_WEEK_START: 'first' },
    names: 'REPORT_TIMEZONE',
    allowed: 'an IANA time zone such as Europe/Berlin',
    next: 'REPORT_WEEK_START',
  },
  {
    args: ['schedule', 'apply', '--daily', '06:00'],
    env: { REPORT_SETTLE: 'an hour', REPORT_WAIT: '31d' },
    names: 'REPORT_SETTLE',
    allowed: '0m to 7d',
    next: 'REPORT_WAIT',
  },
  {
    args: ['schedule', 'apply', '--daily', '06:00'],
    names: 'No Temporal is named',
    allowed: 'TEMPORAL_ADDRESS',
    next: 'conversation-analytics dev',
    code: EXIT.unreachable,
  },
  {
    args: ['schedule', 'backfill', 'daily', '--from', '2026-03-05', '--to', '2026-03-01'],
    names: '--from 2026-03-05 is after --to 2026-03-01',
    allowed: 'Both days are inclusive',
    next: 'Did you mean --from 2026-03-01 --to 2026-03-05',
  },
  {
    args: ['schedule', 'backfill', 'daily', '--from', '2026-03-05', '--to', DAY_AFTER_TOMORROW],
    names: `--to "${DAY_AFTER_TOMORROW}"`,
    allowed: 'a day YYYY-MM-DD',
    next: '--to ',
  },
  {
    args: ['schedule', 'backfill', 'daily', '--from', '2026-03-05'],
    names: '--to',
    allowed: 'Needed: --to <day>',
    next: 'schedule backfill --help',
  },
  {
    args: ['schedule', 'pause'],
    names: 'name',
    allowed: 'name of a schedule',
    next: 'schedule pause --help',
  },
  {
    args: ['schedule', 'pause', 'daily', '--reason', ' '],
    names: '--reason',
    allowed: '1 to 200 characters',
    next: 'For example',
  },
  {
    args: ['schedule', 'stop', 'daily'],
    names: 'stop',
    allowed: 'apply, list, pause, resume, trigger, backfill, delete',
    next: '--help',
  },
];

describe('bad input', () => {
  it.each(
    CASES.map(
      (one) =>
        [
          [...one.args, ...Object.entries(one.env ?? {}).map(([k, v]) => `${k}=${v}`)].join(' '),
          one,
        ] as const,
    ),
  )(
    '%s',
    async (_, { args, env = {}, cwd = 'a-folder', names, allowed, next, code = EXIT.usage }) => {
      const fill = (text: string) => text.replaceAll('DIR', dir);
      const { io, stdout, stderr } = ioOf({
        CONVERSATION_ANALYTICS_DATA: join(dir, 'data'),
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)])),
      });
      process.chdir(join(dir, cwd));
      const exitCode = await main(args.map(fill), io);
      const told = stderr();
      const lines = told.trimEnd().split('\n');
      for (const part of [names, allowed, next]) {
        if (typeof part === 'string') expect(told).toContain(fill(part));
        else expect(told).toMatch(new RegExp(fill(part.source)));
      }
      expect(exitCode).toBe(code);
      expect(stdout()).toBe('');
      expect(told).not.toMatch(/^\s+at |node_modules|hunter2|top-secret/m);
      // What a command says before it looks closer is no part of its error.
      const error = lines.filter((line) => !line.endsWith('…'));
      if (error[0] === 'Configuration cannot be used:') {
        for (const line of error.slice(1)) expect(line).toMatch(/^ {2}\S.*(: allowed is |is not set: )/);
      } else expect(error.length).toBeLessThanOrEqual(3);
    },
    20_000,
  );

  it('of at least 30 kinds', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(30);
  });
});
