import { existsSync, statSync } from 'node:fs';

import { z } from 'zod';

import { parseDuration } from '../domain/duration.js';
import { DAY_MS } from '../domain/period.js';
import { isTimezone, REPORT_KINDS, WEEKDAYS } from '../domain/report/period.js';
import { READING_STRATEGIES } from '../domain/reading/strategy.js';

/** One setting: how its text is read, and how it is described to people. */
interface Variable<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** What a good value looks like; part of every error about it. */
  allowed: string;
  description: string;
  /** Text used where no flag, environment variable or `.env` line names a value. */
  default?: string;
  /** `secret`: never shown. `uri`: shown without user, password and query. */
  hide?: 'secret' | 'uri';
}

const variable = <S extends z.ZodType, D extends string | undefined = undefined>(
  definition: Omit<Variable<S>, 'default'> & { default?: D },
) => definition as Omit<Variable<S>, 'default'> & { default: D };

const text = z.string().trim().min(1);

/** Of RE2 and of JavaScript alike, but for flags in front, such as `(?i)`. */
function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern.replace(/^\(\?[ims]+\)/, ''), 'u');
    return true;
  } catch {
    return false;
  }
}

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  yes: true,
  false: false,
  '0': false,
  no: false,
};
const flag = z
  .string()
  .transform((value) => WORDS[value.trim().toLowerCase()])
  .pipe(z.boolean());
const FLAG_ALLOWED = 'true, 1 or yes; false, 0 or no';

/** Plain decimal numbers only: Number() alone would accept '', '0x10' and '1e3'. */
const decimal = z
  .string()
  .trim()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number);
const integer = (min: number, max: number) => decimal.pipe(z.number().int().min(min).max(max));

const duration = (min: number, max: number) =>
  z.string().transform(parseDuration).pipe(z.number().min(min).max(max));

const httpUrl = z
  .string()
  .trim()
  .refine((value) => {
    if (!URL.canParse(value)) return false;
    const url = new URL(value);
    return /^https?:$/.test(url.protocol) && url.hostname !== '';
  })
  .transform((value) => value.replace(/\/+$/, ''));

const objectPrefix = z
  .string()
  .trim()
  .transform((value) => value.replace(/^\/+|\/+$/g, ''))
  .refine((value) => value === '' || value.split('/').every((part) => !['', '.', '..'].includes(part)));

const list = <S extends z.ZodType<unknown, string>>(item: S) =>
  text
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string()).min(1))
    .pipe(z.array(item));

/** An http or https address with at least one of these words in braces, and no others. */
const urlTemplate = (...words: string[]) =>
  text.refine((value) => {
    const used = [...value.matchAll(/\{([^}]*)\}/g)].map(([, word = '']) => word);
    const filled = value.replace(/\{[^}]*\}/g, 'x');
    return used.length > 0 && used.every((word) => words.includes(word)) && httpUrl.safeParse(filled).success;
  });

const mailbox = z.string().regex(/^[^@\s,<>]+@[^@\s,<>]+$/);

const device = '(?:\\d+|(?:GPU|MIG)-[0-9A-Za-z/-]+)';

/** Every setting of the product, in the order in which `.env.example` and the documentation list them. */
export const VARIABLES = {
  NOCODB_BASE_URL: variable({
    schema: httpUrl,
    allowed: 'an http:// or https:// address, such as https://nocodb.example.com',
    description: 'Address of NocoDB.',
    hide: 'uri',
  }),
  NOCODB_API_TOKEN: variable({
    schema: text,
    allowed: 'an API token of NocoDB (Account settings → Tokens)',
    description: 'API token, sent as xc-token.',
    hide: 'secret',
  }),
  NOCODB_PROJECT_ID: variable({
    schema: text.regex(/^[\w-]+$/),
    allowed: 'the id of the base (letters, digits, _ and -), such as p1a2b3c4d5e6f7g',
    description: 'Id of the base (formerly project) that holds the tables.',
  }),
  NOCODB_CONVERSATIONS_TABLE: variable({
    schema: text,
    allowed: 'an id, title or table_name of a table in the base',
    description: 'Table of conversations; found by its name where not given.',
  }),
  NOCODB_MESSAGES_TABLE: variable({
    schema: text,
    allowed: 'an id, title or table_name of a table in the base',
    description: 'Table of messages; found by its name where not given.',
  }),
  NOCODB_MAPPING: variable({
    schema: text.refine((path) => existsSync(path) && statSync(path).isFile()),
    allowed: 'the path of an existing YAML file that maps columns',
    description: 'YAML file that maps columns, roles and statuses.',
  }),
  NOCODB_SOURCE: variable({
    schema: text.regex(/^[A-Za-z0-9._-]{1,64}$/),
    allowed: '1 to 64 letters, digits, dots, _ or -',
    description: 'Name that prefixes every key; default: the base id.',
  }),
  NOCODB_REQUESTS_PER_SECOND: variable({
    schema: decimal.pipe(z.number().min(0.1).max(1000)),
    allowed: 'a number from 0.1 to 1000',
    description: 'Request budget of one process that reads NocoDB.',
    default: '4',
  }),
  NOCODB_READING: variable({
    schema: z
      .string()
      .transform((value) => value.trim().toLowerCase())
      .pipe(z.enum(['auto', ...READING_STRATEGIES])),
    allowed: 'auto, in, link or sweep',
    description: 'How ranges are read; auto: whatever costs NocoDB least.',
    default: 'auto',
  }),
  MONGODB_URI: variable({
    schema: text.regex(/^mongodb(\+srv)?:\/\/[^\s/?]+/),
    allowed: 'a mongodb:// or mongodb+srv:// connection string',
    description: 'MongoDB; without it, rows are written to the lake only.',
    hide: 'uri',
  }),
  MONGODB_DATABASE: variable({
    schema: text.regex(/^[^/\\. "$*<>:|?\0]{1,63}$/),
    allowed: '1 to 63 characters, none of / \\ . space " $ * < > : | ?',
    description: 'Database in MongoDB.',
    default: 'conversation_analytics',
  }),
  LAKE_DIR: variable({
    schema: text,
    allowed: 'a directory',
    description: 'Directory of the Parquet lake; with S3, its read cache.',
    default: 'lake',
  }),
  S3_ENABLED: variable({
    schema: flag,
    allowed: FLAG_ALLOWED,
    description: 'Keep the lake in S3 (or any S3-compatible store) instead of LAKE_DIR.',
    default: 'false',
  }),
  S3_BUCKET: variable({
    schema: text.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    allowed: 'the name of an existing bucket: 3 to 63 lower-case letters, digits, dots and hyphens',
    description: 'Bucket of the lake.',
  }),
  S3_PREFIX: variable({
    schema: objectPrefix,
    allowed: 'a key prefix without empty, . or .. parts, such as analytics/lake',
    description: 'Prefix of every key in the bucket.',
    default: 'conversation-analytics',
  }),
  S3_ENDPOINT: variable({
    schema: httpUrl,
    allowed: 'an http:// or https:// address, such as http://minio:9000',
    description: 'Endpoint of an S3-compatible store; leave out for AWS.',
    hide: 'uri',
  }),
  AWS_ACCESS_KEY_ID: variable({
    schema: text,
    allowed: 'an access key id, together with AWS_SECRET_ACCESS_KEY',
    description: 'Access key; without it the AWS SDK looks in its usual places.',
    hide: 'secret',
  }),
  AWS_SECRET_ACCESS_KEY: variable({
    schema: text,
    allowed: 'a secret access key, together with AWS_ACCESS_KEY_ID',
    description: 'Secret of the access key.',
    hide: 'secret',
  }),
  AWS_REGION: variable({
    schema: text.regex(/^[a-z0-9-]+$/),
    allowed: 'a region, such as eu-central-1',
    description: 'Region of the bucket.',
  }),
  ENABLE_MULTITHREADING: variable({
    schema: flag,
    allowed: FLAG_ALLOWED,
    description: 'false: everything one at a time, no threads.',
    default: 'true',
  }),
  MAX_WORKERS: variable({
    schema: integer(1, 256),
    allowed: 'a whole number from 1 to 256',
    description: 'Batches in flight per run.',
    default: '8',
  }),
  IO_THREADS: variable({
    schema: integer(1, 256),
    allowed: 'a whole number from 1 to 256',
    description: 'I/O activities at a time, per queue and process.',
    default: '4',
  }),
  PROCESSING_THREADS: variable({
    schema: integer(1, 128),
    allowed: 'a whole number from 1 to 128',
    description: 'Threads for CPU work, per process; never more than cores.',
    default: '4',
  }),
  ENABLE_GPU: variable({
    schema: flag,
    allowed: FLAG_ALLOWED,
    description: 'Categorize on a GPU where one can be used; otherwise the CPU, with the same labels.',
    default: 'false',
  }),
  GPU_MEMORY_LIMIT: variable({
    schema: integer(256, 1_048_576),
    allowed: 'a whole number of megabytes from 256 to 1048576',
    description: 'GPU memory in MB; bounds the device batch.',
    default: '4096',
  }),
  CUDA_VISIBLE_DEVICES: variable({
    schema: text.regex(new RegExp(`^(?:-1|${device}(?:,${device})*)$`)),
    allowed: 'device numbers or ids separated by commas, such as 0 or 0,1; -1 for none',
    description: 'GPUs that the categorize worker may use.',
  }),
  MODEL_DIR: variable({
    schema: text.refine((path) => existsSync(path) && statSync(path).isDirectory()),
    allowed: 'an existing directory with a trained model (model.json)',
    description: 'Directory of the model that categorizes; default: the shipped one.',
  }),
  BATCH_SIZE: variable({
    schema: integer(1, 1000),
    allowed: 'a whole number from 1 to 1000',
    description: 'Conversations a batch.',
    default: '100',
  }),
  CHANGES_OVERLAP_SECONDS: variable({
    schema: integer(0, 604_800),
    allowed: 'a whole number of seconds from 0 to 604800 (a week)',
    description: 'How far before the end of the last reading a reading of changes begins.',
    default: '300',
  }),
  REPORT_TIMEZONE: variable({
    schema: text.refine(isTimezone),
    allowed: 'an IANA time zone such as Europe/Berlin, or UTC',
    description: 'Zone whose days, weeks and months reports and schedules go by.',
    default: 'UTC',
  }),
  REPORT_WEEK_START: variable({
    schema: z
      .string()
      .transform((value) => value.trim().toLowerCase())
      .pipe(z.enum(WEEKDAYS)),
    allowed: WEEKDAYS.join(', '),
    description: 'First day of the week of weekly reports.',
    default: 'monday',
  }),
  REPORT_SETTLE: variable({
    schema: duration(0, 7 * DAY_MS),
    allowed: '0m to 7d, such as 30m',
    description: 'A scheduled report is made so long after its period at the earliest.',
    default: '30m',
  }),
  REPORT_WAIT: variable({
    schema: duration(0, 30 * DAY_MS),
    allowed: '0m to 30d, such as 12h',
    description: 'How long a scheduled report waits for its data before it is made as provisional.',
    default: '12h',
  }),
  REPORT_BUSINESS_HOURS: variable({
    schema: text.refine((path) => existsSync(path) && statSync(path).isFile()),
    allowed: 'the path of an existing YAML file of business hours',
    description: 'YAML file of business hours and holidays, by app; brings the figures that count only them.',
  }),
  REPORT_RESPONSE_TARGET: variable({
    schema: duration(60_000, 30 * DAY_MS),
    allowed: '1m to 30d, such as 4h',
    description: 'Within how long people should answer first; brings the service level.',
  }),
  REPORT_FALLBACK_PATTERN: variable({
    schema: text.refine(isPattern),
    allowed: 'a regular expression such as (?i)did not understand',
    description: 'What a bot says that has not understood; brings the fallback rate.',
  }),
  USER_SCOPE: variable({
    schema: z
      .string()
      .transform((value) => value.trim().toLowerCase())
      .pipe(z.enum(['app', 'source'])),
    allowed: 'app or source',
    description: 'Whether equal user ids of different apps are different people (app) or one (source).',
    default: 'app',
  }),
  STORE_TEXT: variable({
    schema: z
      .string()
      .transform((value) => value.trim().toLowerCase())
      .pipe(z.enum(['all', 'none'])),
    allowed: 'all or none',
    description: 'Whether the text of messages is stored with their facts.',
    default: 'all',
  }),
  CONVERSATION_URL_TEMPLATE: variable({
    schema: urlTemplate('id', 'key', 'app'),
    allowed:
      'an http:// or https:// address with {id}, {key} or {app}, such as https://support.example.com/c/{id}',
    description: 'Address of a conversation; ids on report pages link to it.',
  }),
  REPORT_URL_TEMPLATE: variable({
    schema: urlTemplate('report'),
    allowed:
      'an http:// or https:// address with {report}, such as https://files.example.com/analytics_reports/{report}/report.html',
    description: 'Address at which receivers of reports can open a page.',
  }),
  REPORT_APPROVAL: variable({
    schema: z
      .string()
      .transform((value) =>
        value.trim().toLowerCase() === 'none'
          ? []
          : value
              .trim()
              .toLowerCase()
              .split(/\s*,\s*/),
      )
      .pipe(z.array(z.enum(REPORT_KINDS))),
    allowed: 'none, or some of daily, weekly and monthly, separated by commas',
    description: 'Reports that are sent only after `report approve`.',
    default: 'none',
  }),
  REPORT_RESEND_PERCENT: variable({
    schema: decimal.pipe(z.number().min(0).max(1000)),
    allowed: 'a number from 0 to 1000',
    description: 'A new revision is sent again where a headline count or duration moved by so many percent.',
    default: '5',
  }),
  REPORT_RESEND_POINTS: variable({
    schema: decimal.pipe(z.number().min(0).max(100)),
    allowed: 'a number from 0 to 100',
    description: 'The same for rates, in percentage points.',
    default: '2',
  }),
  REPORT_WEBHOOK_URLS: variable({
    schema: list(httpUrl),
    allowed: 'http:// or https:// addresses, separated by commas, together with REPORT_WEBHOOK_SECRET',
    description: 'Programs that get reports as signed JSON.',
    hide: 'secret',
  }),
  REPORT_WEBHOOK_SECRET: variable({
    schema: text.min(16),
    allowed: 'at least 16 characters, known to the receivers',
    description: 'Key of the signature of webhooks.',
    hide: 'secret',
  }),
  REPORT_SLACK_WEBHOOK_URLS: variable({
    schema: list(httpUrl),
    allowed: 'http:// or https:// addresses of incoming webhooks, separated by commas',
    description: 'Slack channels (or what speaks its language) that get a summary.',
    hide: 'secret',
  }),
  REPORT_EMAIL_TO: variable({
    schema: list(mailbox),
    allowed: 'mail addresses, separated by commas, together with REPORT_EMAIL_FROM and SMTP_URL',
    description: 'Mailboxes that get reports.',
  }),
  REPORT_EMAIL_FROM: variable({
    schema: text.regex(/^([^<>\r\n]*<[^@\s<>]+@[^@\s<>]+>|[^@\s<>]+@[^@\s<>]+)$/),
    allowed: 'a mail address, such as Reports <reports@example.com>',
    description: 'Sender of reports by mail.',
  }),
  SMTP_URL: variable({
    schema: text.regex(/^smtps?:\/\/[^\s/]+\/?$/),
    allowed: 'smtp://user:password@host:587 or smtps://…',
    description: 'Mail server.',
    hide: 'secret',
  }),
  TEMPORAL_UI_URL: variable({
    schema: httpUrl,
    allowed: 'an http:// or https:// address, such as http://localhost:8080',
    description:
      "Address of Temporal's Web UI, for `open ui`; known by itself with `dev` and Temporal Cloud.",
    hide: 'uri',
  }),
};

export type VariableName = keyof typeof VARIABLES;
export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[];

/** Read by `@temporalio/envconfig`, beside the profile file; all optional. */
export const TEMPORAL_VARIABLES = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
] as const;

/** Command line flag that sets a variable: `--batch-size` for BATCH_SIZE. */
export function flagOf(name: VariableName): string {
  return `--${name.toLowerCase().replaceAll('_', '-')}`;
}

/** A value as it may be shown: secrets hidden, addresses without user, password and query. */
export function redact(name: VariableName, value: string): string {
  const { hide } = VARIABLES[name] as Variable;
  if (hide === 'secret') return '(hidden)';
  return hide === 'uri' ? redactUri(value) : value;
}

/** Drops user, password and query of an address, also of one that is not well formed. */
export function redactUri(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/[?#].*$/s, '');
}
