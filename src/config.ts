import { resolve } from 'node:path';

import { readBusinessHours, type BusinessHoursFile } from './config/business-hours.js';
import { ConfigError, type ConfigProblem } from './config/errors.js';
import { readVariables, type ConfigSources, type Origin, type Parsed } from './config/load.js';
import { redact, VARIABLE_NAMES, VARIABLES, type VariableName } from './config/variables.js';
import { formatDuration } from './domain/duration.js';
import type { DeliveryThresholds } from './domain/report/lifecycle.js';
import type { ReportCalendar, ReportKind } from './domain/report/period.js';
import type { ReadingStrategy } from './domain/reading/strategy.js';

export { ConfigError, type ConfigProblem } from './config/errors.js';
export { diagnoseConfig, settingsOverview, type Setting } from './config/diagnose.js';
export { mergedEnvironment, type ConfigSources, type Environment, type Origin } from './config/load.js';
export { resolveTemporal, type TemporalTarget } from './config/temporal.js';
export { redactUri, TEMPORAL_VARIABLES, VARIABLE_NAMES, type VariableName } from './config/variables.js';

export interface NocodbConfig {
  baseUrl: string;
  apiToken: string;
  projectId: string;
  /** Id, title or table_name. */
  conversationsTable?: string;
  messagesTable?: string;
  /** Path of a YAML file. */
  mapping?: string;
  /** Prefix of every key; the base id where absent. */
  source?: string;
  requestsPerSecond: number;
  /** How ranges are read; default auto. */
  reading?: 'auto' | ReadingStrategy;
}

export interface S3Config {
  bucket: string;
  /** Without slashes at its ends; may be empty. */
  prefix: string;
  /** Absent: AWS itself. */
  endpoint?: string;
  region?: string;
  /** Absent, with its secret: the AWS SDK's own chain of providers. */
  accessKeyId?: string;
  secretAccessKey?: string;
}

export interface DeliveryConfig {
  /** Address of a conversation with `{id}`, `{key}` and `{app}`. */
  conversationUrl: string | null;
  /** Address of a page with `{report}`. */
  reportUrl: string | null;
  /** Kinds that are sent only after an approval. */
  approval: ReportKind[];
  resend: DeliveryThresholds;
  webhooks: { urls: string[]; secret: string } | null;
  slackUrls: string[];
  email: { to: string[]; from: string; smtpUrl: string } | null;
}

export interface Config {
  /** null: none of address, token and base is set. Commands that need it call `requireNocodb`. */
  nocodb: NocodbConfig | null;
  /** null: rows go to the lake only. */
  mongodb: { uri: string; database: string } | null;
  lake: {
    /** Root of the lake, absolute; with S3, its read cache. */
    dir: string;
    s3: S3Config | null;
  };
  concurrency: { multithreading: boolean; maxWorkers: number; ioThreads: number; processingThreads: number };
  gpu: { enabled: boolean; memoryLimitMb: number; visibleDevices?: string };
  /** Absent: the shipped model. */
  modelDir?: string;
  batchSize: number;
  /** A reading of changes begins so many seconds before the end of the last one. */
  overlapSeconds: number;
  storeText: 'all' | 'none';
  /** Who gets reports. */
  delivery: DeliveryConfig;
  reports: ReportCalendar & {
    /** A scheduled report is made so long after its period at the earliest, milliseconds. */
    settleMs: number;
    /** How long it waits for its data, milliseconds. */
    waitMs: number;
    /** null: no figures in business hours. */
    businessHours: BusinessHoursFile | null;
    /** Within so much people should answer first, milliseconds; null: no service level. */
    responseTargetMs: number | null;
    /** null: no fallback rate. */
    fallbackPattern: string | null;
    userScope: 'app' | 'source';
  };
  /** Address of Temporal's Web UI, where it is not known by itself. */
  temporalUi?: string;
  /** Which layer named each variable. */
  origins: Readonly<Record<VariableName, Origin>>;
}

/**
 * Reads the configuration: flag, then environment, then `.env`, then default.
 * @throws ConfigError naming every setting that cannot be used, at once
 */
export function loadConfig(sources: ConfigSources): Config {
  const problems: ConfigProblem[] = [];
  const parsed = readVariables(sources, problems);
  const nocodb = readNocodb(parsed, problems);
  const s3 = readS3(parsed, problems);
  const delivery = readDelivery(parsed, problems);
  const businessHours = readBusinessHours(parsed.values.REPORT_BUSINESS_HOURS, problems);
  if (problems.length > 0) throw new ConfigError(problems);

  const { values, origins } = parsed;
  return {
    nocodb,
    mongodb:
      values.MONGODB_URI === undefined
        ? null
        : { uri: values.MONGODB_URI, database: values.MONGODB_DATABASE },
    lake: { dir: resolve(values.LAKE_DIR), s3 },
    concurrency: {
      multithreading: values.ENABLE_MULTITHREADING,
      maxWorkers: values.MAX_WORKERS,
      ioThreads: values.IO_THREADS,
      processingThreads: values.PROCESSING_THREADS,
    },
    gpu: {
      enabled: values.ENABLE_GPU,
      memoryLimitMb: values.GPU_MEMORY_LIMIT,
      ...optional('visibleDevices', values.CUDA_VISIBLE_DEVICES),
    },
    ...optional('modelDir', values.MODEL_DIR === undefined ? undefined : resolve(values.MODEL_DIR)),
    batchSize: values.BATCH_SIZE,
    overlapSeconds: values.CHANGES_OVERLAP_SECONDS,
    storeText: values.STORE_TEXT,
    delivery,
    reports: {
      timezone: values.REPORT_TIMEZONE,
      weekStart: values.REPORT_WEEK_START,
      settleMs: values.REPORT_SETTLE,
      waitMs: values.REPORT_WAIT,
      businessHours,
      responseTargetMs: values.REPORT_RESPONSE_TARGET ?? null,
      fallbackPattern: values.REPORT_FALLBACK_PATTERN ?? null,
      userScope: values.USER_SCOPE,
    },
    ...optional('temporalUi', values.TEMPORAL_UI_URL),
    origins,
  };
}

/** NocoDB's settings, for commands that read it. @throws ConfigError that says what to set */
export function requireNocodb(config: Config): NocodbConfig {
  if (config.nocodb !== null) return config.nocodb;
  throw new ConfigError(NOCODB_ACCESS.map((name) => ({ setting: name, allowed: VARIABLES[name].allowed })));
}

const NOCODB_ACCESS = ['NOCODB_BASE_URL', 'NOCODB_API_TOKEN', 'NOCODB_PROJECT_ID'] as const;

function readNocodb({ values, origins }: Parsed, problems: ConfigProblem[]): NocodbConfig | null {
  if (NOCODB_ACCESS.every((name) => origins[name] === 'unset')) return null;
  requireTogether(NOCODB_ACCESS, origins, problems);
  const { NOCODB_BASE_URL: baseUrl, NOCODB_API_TOKEN: apiToken, NOCODB_PROJECT_ID: projectId } = values;
  if (baseUrl === undefined || apiToken === undefined || projectId === undefined) return null;
  return {
    baseUrl,
    apiToken,
    projectId,
    ...optional('conversationsTable', values.NOCODB_CONVERSATIONS_TABLE),
    ...optional('messagesTable', values.NOCODB_MESSAGES_TABLE),
    ...optional('mapping', values.NOCODB_MAPPING),
    ...optional('source', values.NOCODB_SOURCE),
    requestsPerSecond: values.NOCODB_REQUESTS_PER_SECOND,
    reading: values.NOCODB_READING,
  };
}

function readS3({ values, origins }: Parsed, problems: ConfigProblem[]): S3Config | null {
  // AWS variables are often set for other programs: they are only looked at where the lake is in S3.
  if (!values.S3_ENABLED) return null;
  requireTogether(['S3_BUCKET'], origins, problems);
  const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  if (keys.some((name) => origins[name] !== 'unset')) requireTogether(keys, origins, problems);
  if (values.S3_BUCKET === undefined) return null;
  return {
    bucket: values.S3_BUCKET,
    prefix: values.S3_PREFIX,
    ...optional('endpoint', values.S3_ENDPOINT),
    ...optional('region', values.AWS_REGION),
    ...optional('accessKeyId', values.AWS_ACCESS_KEY_ID),
    ...optional('secretAccessKey', values.AWS_SECRET_ACCESS_KEY),
  };
}

function readDelivery({ values, origins }: Parsed, problems: ConfigProblem[]): DeliveryConfig {
  const { REPORT_WEBHOOK_URLS: urls, REPORT_WEBHOOK_SECRET: secret } = values;
  if (origins.REPORT_WEBHOOK_URLS !== 'unset') requireTogether(['REPORT_WEBHOOK_SECRET'], origins, problems);
  const { REPORT_EMAIL_TO: to, REPORT_EMAIL_FROM: from, SMTP_URL: smtpUrl } = values;
  if (origins.REPORT_EMAIL_TO !== 'unset') {
    requireTogether(['REPORT_EMAIL_FROM', 'SMTP_URL'], origins, problems);
  }
  return {
    conversationUrl: values.CONVERSATION_URL_TEMPLATE ?? null,
    reportUrl: values.REPORT_URL_TEMPLATE ?? null,
    approval: values.REPORT_APPROVAL,
    resend: { percent: values.REPORT_RESEND_PERCENT, points: values.REPORT_RESEND_POINTS },
    webhooks: urls === undefined || secret === undefined ? null : { urls, secret },
    slackUrls: values.REPORT_SLACK_WEBHOOK_URLS ?? [],
    email: to === undefined || from === undefined || smtpUrl === undefined ? null : { to, from, smtpUrl },
  };
}

function requireTogether(
  names: readonly VariableName[],
  origins: Parsed['origins'],
  problems: ConfigProblem[],
): void {
  for (const name of names) {
    if (origins[name] === 'unset') problems.push({ setting: name, allowed: VARIABLES[name].allowed });
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

/**
 * The configuration as lines `NAME = value (origin)`, secrets hidden; for people and logs. "not used": set, but
 * switched off, as S3_BUCKET where S3_ENABLED is false.
 */
export function describeConfig(config: Config): string[] {
  const shown = describedValues(config);
  return VARIABLE_NAMES.map((name) => {
    const value = shown[name];
    const origin = config.origins[name];
    if (value === undefined) return `${name} is not ${origin === 'unset' ? 'set' : 'used'}`;
    return `${name} = ${redact(name, String(value))} (${origin})`;
  });
}

/** What the program uses of each variable; undefined: not set, or switched off. */
export function describedValues(config: Config): Record<VariableName, string | number | boolean | undefined> {
  const { nocodb, mongodb, lake, concurrency, gpu, delivery } = config;
  return {
    NOCODB_BASE_URL: nocodb?.baseUrl,
    NOCODB_API_TOKEN: nocodb?.apiToken,
    NOCODB_PROJECT_ID: nocodb?.projectId,
    NOCODB_CONVERSATIONS_TABLE: nocodb?.conversationsTable,
    NOCODB_MESSAGES_TABLE: nocodb?.messagesTable,
    NOCODB_MAPPING: nocodb?.mapping,
    NOCODB_SOURCE: nocodb?.source,
    NOCODB_REQUESTS_PER_SECOND: nocodb?.requestsPerSecond,
    NOCODB_READING: nocodb?.reading,
    MONGODB_URI: mongodb?.uri,
    MONGODB_DATABASE: mongodb?.database,
    LAKE_DIR: lake.dir,
    S3_ENABLED: lake.s3 !== null,
    S3_BUCKET: lake.s3?.bucket,
    S3_PREFIX: lake.s3?.prefix,
    S3_ENDPOINT: lake.s3?.endpoint,
    AWS_ACCESS_KEY_ID: lake.s3?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: lake.s3?.secretAccessKey,
    AWS_REGION: lake.s3?.region,
    ENABLE_MULTITHREADING: concurrency.multithreading,
    MAX_WORKERS: concurrency.maxWorkers,
    IO_THREADS: concurrency.ioThreads,
    PROCESSING_THREADS: concurrency.processingThreads,
    ENABLE_GPU: gpu.enabled,
    GPU_MEMORY_LIMIT: gpu.memoryLimitMb,
    CUDA_VISIBLE_DEVICES: gpu.visibleDevices,
    MODEL_DIR: config.modelDir,
    BATCH_SIZE: config.batchSize,
    CHANGES_OVERLAP_SECONDS: config.overlapSeconds,
    REPORT_TIMEZONE: config.reports.timezone,
    REPORT_WEEK_START: config.reports.weekStart,
    REPORT_SETTLE: formatDuration(config.reports.settleMs),
    REPORT_WAIT: formatDuration(config.reports.waitMs),
    REPORT_BUSINESS_HOURS: config.reports.businessHours?.path,
    REPORT_RESPONSE_TARGET:
      config.reports.responseTargetMs === null ? undefined : formatDuration(config.reports.responseTargetMs),
    REPORT_FALLBACK_PATTERN: config.reports.fallbackPattern ?? undefined,
    USER_SCOPE: config.reports.userScope,
    STORE_TEXT: config.storeText,
    CONVERSATION_URL_TEMPLATE: delivery.conversationUrl ?? undefined,
    REPORT_URL_TEMPLATE: delivery.reportUrl ?? undefined,
    REPORT_APPROVAL: delivery.approval.join(',') || 'none',
    REPORT_RESEND_PERCENT: delivery.resend.percent,
    REPORT_RESEND_POINTS: delivery.resend.points,
    REPORT_WEBHOOK_URLS: delivery.webhooks?.urls.join(','),
    REPORT_WEBHOOK_SECRET: delivery.webhooks?.secret,
    REPORT_SLACK_WEBHOOK_URLS: delivery.slackUrls.join(',') || undefined,
    REPORT_EMAIL_TO: delivery.email?.to.join(','),
    REPORT_EMAIL_FROM: delivery.email?.from,
    SMTP_URL: delivery.email?.smtpUrl,
    TEMPORAL_UI_URL: config.temporalUi,
  };
}
