import { Agent, request } from 'undici';

import { createNocoDbSource, parseMapping } from '../../adapters/nocodb/index.js';
import type { Config, NocodbConfig } from '../../config.js';
import { PipelineError } from '../../domain/errors.js';
import { firstLine, type Check, type Report } from './finding.js';
import { readFileSync } from 'node:fs';

const CALL_MS = 6_000;
/** The version that the source is tested on, and the one whose limiter came on by default. */
const TESTED = '0.301.3';
const LIMITED_FROM = [0, 301, 4] as const;
/** What that limiter lets through by default. */
const DEFAULT_LIMIT = 5;

export interface NocoDbOptions {
  nocodb: Config['nocodb'];
  /** What is served where none is named: the sample of a running `dev`, or one that is started. */
  timeoutMs?: number;
}

/** Address, version, limiter, token and base, mapping, tables and columns: each only where the one before is right. */
export function checkNocoDb({ nocodb, timeoutMs = 30_000 }: NocoDbOptions): Check {
  return {
    area: 'NocoDB',
    timeoutMs,
    variables: 'NOCODB_BASE_URL',
    run: async (report, signal) => {
      if (nocodb === null) {
        report({
          check: 'address',
          level: 'embedded',
          message: 'generated sample conversations, served on demand: NOCODB_BASE_URL is not set',
        });
        return;
      }
      checkMapping(nocodb, report);
      const probe = new Probe(nocodb, signal);
      try {
        if (!(await checkAddress(probe, nocodb, report))) return;
        if (!(await checkAccess(probe, nocodb, report))) return;
      } finally {
        await probe.close();
      }
      await checkTables(nocodb, report, signal);
    },
  };
}

interface Answer {
  status: number;
  json: unknown;
  isHtml: boolean;
}

/** A few requests of its own: one try each, and short limits. */
class Probe {
  private readonly agent = new Agent({
    connect: { timeout: CALL_MS },
    headersTimeout: CALL_MS,
    bodyTimeout: CALL_MS,
  });

  constructor(
    private readonly nocodb: NocodbConfig,
    private readonly signal: AbortSignal,
  ) {}

  async get(path: string, token: boolean): Promise<Answer> {
    const response = await request(`${this.nocodb.baseUrl}${path}`, {
      dispatcher: this.agent,
      signal: this.signal,
      headers: { accept: 'application/json', ...(token ? { 'xc-token': this.nocodb.apiToken } : {}) },
    });
    const text = await response.body.text();
    const isHtml = /^\s*<(!doctype|html)/i.test(text);
    return { status: response.statusCode, json: parseJson(text), isHtml };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function checkAddress(probe: Probe, nocodb: NocodbConfig, report: Report): Promise<boolean> {
  const { host } = new URL(nocodb.baseUrl);
  let answer: Answer;
  try {
    answer = await probe.get('/api/v1/version', false);
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    report({
      check: 'address',
      level: 'broken',
      message: `cannot be reached at ${host}: ${code ?? name ?? 'unknown network error'}`,
      remedy: 'check NOCODB_BASE_URL: scheme, host, port, and that this machine may reach it',
    });
    return false;
  }
  if (answer.isHtml || (answer.json === undefined && answer.status < 500)) {
    report({
      check: 'address',
      level: 'broken',
      message: `${host} answers with ${answer.isHtml ? 'an HTML page' : 'something other than JSON'} (HTTP ${answer.status})`,
      remedy: 'set NOCODB_BASE_URL to NocoDB itself, with its path: a proxy or a login page stands before it',
    });
    return false;
  }
  if (answer.status >= 500 || (answer.status >= 300 && answer.status < 400)) {
    report({
      check: 'address',
      level: 'broken',
      message: `${host} answers with HTTP ${answer.status}`,
      remedy:
        answer.status >= 500
          ? 'look at the server, or at the proxy that NOCODB_BASE_URL names'
          : 'set NOCODB_BASE_URL to the final address of the server: it redirects',
    });
    return false;
  }
  report({ check: 'address', level: 'ok', message: `answers at ${host}` });
  reportVersion(answer, nocodb, report);
  return true;
}

function reportVersion({ json }: Answer, { requestsPerSecond }: NocodbConfig, report: Report): void {
  const version = (json as { currentVersion?: unknown } | undefined)?.currentVersion;
  if (typeof version !== 'string') {
    report({ check: 'version', level: 'ok', message: `version not told; tested with ${TESTED}` });
    return;
  }
  const same = version === TESTED ? '' : `; tested with ${TESTED}`;
  report({ check: 'version', level: 'ok', message: `version ${version}${same}` });
  const limited = isFrom(version, LIMITED_FROM);
  const rate = `${requestsPerSecond} requests a second and process`;
  if (limited && requestsPerSecond > DEFAULT_LIMIT) {
    report({
      check: 'limiter',
      level: 'warning',
      message: `${rate}: from ${LIMITED_FROM.join('.')} on NocoDB blocks callers for 30 s above ${DEFAULT_LIMIT} a second`,
      remedy: `set NOCODB_REQUESTS_PER_SECOND=4, unless the server's own limit was raised`,
    });
  } else report({ check: 'limiter', level: 'ok', message: rate });
}

function isFrom(version: string, from: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [at, least] of from.entries()) {
    const part = parts[at] ?? 0;
    if (Number.isNaN(part)) return false;
    if (part !== least) return part > least;
  }
  return true;
}

async function checkAccess(probe: Probe, { projectId }: NocodbConfig, report: Report): Promise<boolean> {
  const answer = await probe.get(`/api/v2/meta/bases/${encodeURIComponent(projectId)}/tables`, true);
  if (answer.status === 401 || answer.status === 403) {
    // Some versions answer 403 for a base that is not there: what the token may read tells the two apart.
    const bases = answer.status === 403 ? await probe.get('/api/v2/meta/bases/', true) : null;
    if (bases?.status !== 200) {
      report({
        check: 'token',
        level: 'broken',
        message: `the token is refused (HTTP ${answer.status})`,
        remedy: 'set NOCODB_API_TOKEN to a token of a user who may read the base (Account settings → Tokens)',
      });
      return false;
    }
  }
  if (answer.status === 429) {
    report({
      check: 'limiter',
      level: 'warning',
      message: 'the limiter blocks requests at the moment (HTTP 429)',
      remedy:
        'lower NOCODB_REQUESTS_PER_SECOND, or run fewer processes that read this server; try again in 30 s',
    });
    return false;
  }
  const isList = Array.isArray((answer.json as { list?: unknown } | undefined)?.list);
  if (answer.status !== 200 || !isList) {
    report({
      check: 'base',
      level: 'broken',
      message: `the base ${projectId} is not there for this token (HTTP ${answer.status})`,
      remedy: 'set NOCODB_PROJECT_ID to the id in the address of the base in NocoDB, such as p1a2b3c4d5e6f7g',
    });
    return false;
  }
  report({ check: 'token and base', level: 'ok', message: `the token reads the base ${projectId}` });
  return true;
}

function checkMapping({ mapping }: NocodbConfig, report: Report): void {
  if (mapping === undefined) return;
  try {
    parseMapping(readFileSync(mapping, 'utf8'));
    report({ check: 'mapping', level: 'ok', message: `mapping file ${mapping}` });
  } catch (error) {
    report({
      check: 'mapping',
      level: 'broken',
      message: firstLine(error instanceof Error ? error.message : String(error)),
      remedy: `correct ${mapping} (NOCODB_MAPPING); docs/source-nocodb.md lists its keys`,
    });
  }
}

/** As a collection begins: tables, columns, and the count of rows without a date. */
async function checkTables(nocodb: NocodbConfig, report: Report, signal: AbortSignal): Promise<void> {
  const notices: string[] = [];
  const source = createNocoDbSource(nocodb, {
    onNotice: (line) => notices.push(line),
    limits: { attempts: 1, connectTimeoutMs: CALL_MS, headersTimeoutMs: 20_000 },
  });
  try {
    const { undatedConversations } = await source.survey(undefined, signal);
    report({ check: 'tables', level: 'ok', message: 'tables and columns are found' });
    for (const message of notices) report({ check: 'columns', level: 'ok', message });
    if (undatedConversations > 0) {
      report({
        check: 'dates',
        level: 'warning',
        message: `${undatedConversations} conversations have no usable start and match no range`,
        remedy:
          'give them a start in NocoDB, or map conversations.started_at to another column (NOCODB_MAPPING)',
      });
    }
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    report({
      check: 'tables',
      level: 'broken',
      message: firstLine(error.message),
      remedy: remedyOf(error),
    });
  } finally {
    await source.close();
  }
}

function remedyOf({ message, type }: PipelineError): string {
  const table = /NOCODB_(?:CONVERSATIONS|MESSAGES)_TABLE/.exec(message)?.[0];
  if (table !== undefined) return `set ${table} to the id, title or table name of one of these`;
  if (type === 'SourceSchema') return 'name the column in the mapping file (NOCODB_MAPPING)';
  if (type === 'SourceAuth') return 'set NOCODB_API_TOKEN to a token that may read the tables';
  return 'check NOCODB_BASE_URL and the server, then try again';
}
