import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { PipelineError } from '../../domain/errors.js';
import { DEFAULT_LIMITS, type HttpLimits, type NocoDbConfig } from './config.js';
import { failureOf, unreadableAnswer, type BadAnswer } from './failures.js';
import { budgetFor, type RequestBudget } from './request-budget.js';

/** Longest URL that is sent: some servers and proxies answer longer ones with 414 or 431. */
export const MAX_URL = 12_000;
/** Connections at once; NocoDB's own pool has 10. */
const MAX_CONNECTIONS = 8;
/** Pause after a 429 that names none: the block that NocoDB's own limiter sets. */
const DEFAULT_PAUSE_MS = 30_000;

export interface Call {
  signal: AbortSignal;
  /** Called after each request, and every few seconds of waiting for the budget. */
  onProgress?: (() => void) | undefined;
  /** Told how long the text of each answer was, in characters. */
  onAnswer?: ((characters: number) => void) | undefined;
}

/** What an answer must be: a zod schema, or a check by hand where there are many rows. */
export interface Shape<T> {
  safeParse(json: unknown): { success: true; data: T } | { success: false };
}

export type Query = Record<string, string | number>;

/** NocoDB over HTTP: budget, timeouts, retries within small limits, and failures by kind. */
export class NocoDbHttp {
  private readonly agent: Agent;
  private readonly budget: RequestBudget;
  private readonly leaveBudget: () => void;
  private readonly root: URL;
  /** Requests sent, retries included. */
  requests = 0;
  /** Milliseconds that answers took, from sending on, over all of them. */
  answerMs = 0;

  constructor(
    private readonly config: Pick<NocoDbConfig, 'baseUrl' | 'apiToken' | 'requestsPerSecond'>,
    private readonly limits: HttpLimits = DEFAULT_LIMITS,
  ) {
    this.root = parseBaseUrl(config.baseUrl);
    if (!(config.requestsPerSecond > 0)) {
      throw new PipelineError(
        'InvalidInput',
        `NOCODB_REQUESTS_PER_SECOND=${config.requestsPerSecond}: it must be a number above 0`,
      );
    }
    this.budget = budgetFor(this.root.origin);
    this.leaveBudget = this.budget.join(config.requestsPerSecond);
    this.agent = new Agent({
      connections: MAX_CONNECTIONS,
      connect: { timeout: limits.connectTimeoutMs },
      headersTimeout: limits.headersTimeoutMs,
      bodyTimeout: limits.bodyTimeoutMs,
    });
  }

  get<T>(path: string, query: Query, shape: Shape<T>, call: Call): Promise<T> {
    const url = this.url(path, query);
    if (url.length > MAX_URL) throw new RangeError(`URL of ${url.length} characters for ${path}`);
    return this.send('GET', url, path, undefined, shape, call);
  }

  post<T>(path: string, body: unknown, shape: Shape<T>, call: Call): Promise<T> {
    return this.send('POST', this.url(path, {}), path, JSON.stringify(body), shape, call);
  }

  async close(): Promise<void> {
    this.leaveBudget();
    await this.agent.destroy();
  }

  private url(path: string, query: Query): string {
    const url = new URL(this.root);
    url.pathname = this.root.pathname.replace(/\/+$/, '') + path;
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    return url.href;
  }

  private async send<T>(
    method: 'GET' | 'POST',
    url: string,
    path: string,
    body: string | undefined,
    shape: Shape<T>,
    call: Call,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(method, url, path, body, shape, call);
      } catch (error) {
        call.signal.throwIfAborted(); // the caller's own reason, whatever the abort looked like below
        if (!(error instanceof PipelineError) || !error.retryable || attempt >= this.limits.attempts)
          throw error;
        if (error.type === 'SourceRateLimited') {
          // The budget is paused; the next slot comes after the pause.
          if ((error.options.retryAfterMs ?? 0) > this.limits.maxPauseMs) throw error;
        } else {
          const wait = this.limits.backoffMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
          await sleep(wait, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
        }
      }
    }
  }

  private async once<T>(
    method: 'GET' | 'POST',
    url: string,
    path: string,
    body: string | undefined,
    shape: Shape<T>,
    { signal, onProgress, onAnswer }: Call,
  ): Promise<T> {
    await this.budget.slot(signal, onProgress);
    this.requests++;
    const sentAt = performance.now();
    const answer: BadAnswer = { status: 0, request: `${method} ${path}`, contentType: '', body: '' };
    let headers: Record<string, string | string[] | undefined>;
    try {
      const response = await request(url, {
        method,
        dispatcher: this.agent,
        signal,
        headers: {
          'xc-token': this.config.apiToken,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      });
      headers = response.headers;
      answer.status = response.statusCode;
      answer.contentType = String(headers['content-type'] ?? '');
      answer.body = await response.body.text();
    } catch (cause) {
      throw new PipelineError(
        'SourceUnavailable',
        `${answer.request} to NocoDB at ${this.root.host} failed: ${networkReason(cause)}. Is the server up, and NOCODB_BASE_URL its address?`,
        { cause },
      );
    } finally {
      this.answerMs += performance.now() - sentAt;
      onProgress?.();
    }
    if (answer.status < 200 || answer.status > 299) throw this.refused(answer, headers);
    let json: unknown;
    try {
      json = JSON.parse(answer.body);
    } catch {
      throw unreadableAnswer(answer);
    }
    const parsed = shape.safeParse(json);
    if (!parsed.success) throw unreadableAnswer(answer);
    onAnswer?.(answer.body.length);
    return parsed.data;
  }

  private refused(answer: BadAnswer, headers: Record<string, string | string[] | undefined>): PipelineError {
    if (answer.status !== 429) return failureOf(answer);
    const wait = retryAfterMs(headers) ?? DEFAULT_PAUSE_MS;
    // Jitter: other processes were told the same moment.
    const pause = Math.ceil(wait * (1 + Math.random() / 10));
    this.budget.pause(pause);
    return failureOf(answer, pause);
  }
}

function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new PipelineError(
    'InvalidInput',
    'NOCODB_BASE_URL is not an http or https address, like https://noco.example.com',
  );
}

/** The code of the network error (`ECONNREFUSED`), else its name; never its message, which may hold the URL. */
function networkReason(cause: unknown): string {
  const { code, name } = (cause ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown network error';
}

/**
 * The longest wait that any header starting with `retry-after` names (the throttler of NestJS adds its own name:
 * `Retry-After-data`), in seconds or as an HTTP date; undefined where there is none.
 */
export function retryAfterMs(
  headers: Record<string, string | string[] | undefined>,
  now = Date.now(),
): number | undefined {
  const waits = Object.entries(headers)
    .filter(([name]) => name.toLowerCase().startsWith('retry-after'))
    .flatMap(([, value]) => value ?? [])
    .map((value) => (/^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now))
    .filter((wait) => Number.isFinite(wait));
  return waits.length === 0 ? undefined : Math.max(0, ...waits);
}
