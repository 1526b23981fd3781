import { PipelineError } from '../../domain/errors.js';

/** An answer of the server that is not a usable 2xx, reduced to what an error message may say. */
export interface BadAnswer {
  status: number;
  /** `GET /api/v2/…` without its query: the query holds ids of users' data. */
  request: string;
  contentType: string;
  body: string;
}

const MAX_DETAIL = 200;

/** NocoDB's own words in an error body: `{error, message}`, `{msg}`, `{message: [...]}`; '' for anything else. */
export function serverMessage(body: string): { code: string; message: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { code: '', message: '' };
  }
  if (typeof parsed !== 'object' || parsed === null) return { code: '', message: '' };
  const { error, msg, message } = parsed as Record<string, unknown>;
  const text = [message, msg].map((part) => (Array.isArray(part) ? part.join('; ') : part));
  const first = text.find((part) => typeof part === 'string' && part !== '');
  return {
    code: typeof error === 'string' ? error : '',
    message: typeof first === 'string' ? first.slice(0, MAX_DETAIL) : '',
  };
}

export function isHtml(answer: Pick<BadAnswer, 'contentType' | 'body'>): boolean {
  return answer.contentType.includes('text/html') || /^\s*<(!doctype|html)/i.test(answer.body);
}

/** Maps an answer to the failure it means for the pipeline. */
export function failureOf(answer: BadAnswer, retryAfterMs?: number): PipelineError {
  const { status, request } = answer;
  const { code, message } = serverMessage(answer.body);
  const words = [code, message].filter((part) => part !== '').join(': ');
  const said = words === '' ? (isHtml(answer) ? ' with an HTML page' : '') : ` (${words})`;
  const what = `NocoDB answered ${request} with ${status}${said}`;
  if (status === 401 || status === 403) {
    return new PipelineError(
      'SourceAuth',
      `${what}. Set NOCODB_API_TOKEN to a token that may read this base (NocoDB: Team & Settings → Tokens).`,
    );
  }
  if (status === 429) {
    return new PipelineError(
      'SourceRateLimited',
      `${what}. Lower NOCODB_REQUESTS_PER_SECOND, or run fewer processes that read this server.`,
      { retryAfterMs: retryAfterMs ?? 30_000 },
    );
  }
  if (status === 408 || (status >= 500 && status !== 501)) {
    return new PipelineError('SourceUnavailable', `${what}. It is tried again.`);
  }
  if (status === 404 || status === 422) {
    const hint = isHtml(answer)
      ? 'This is not NocoDB’s own answer: check NOCODB_BASE_URL and the proxy before it.'
      : 'A base, table or column is missing, or is not what the mapping says: check NOCODB_PROJECT_ID, the table names and the mapping file.';
    return new PipelineError('SourceSchema', `${what}. ${hint}`);
  }
  if (status >= 300 && status < 400) {
    return new PipelineError(
      'SourceRequest',
      `${what}: a redirect. Set NOCODB_BASE_URL to the final address of the server.`,
    );
  }
  return new PipelineError('SourceRequest', `${what}. It is not tried again.`);
}

/** A 2xx whose body is not what the API promises: mostly a proxy's or a login page. */
export function unreadableAnswer(answer: BadAnswer): PipelineError {
  const page = isHtml(answer) ? 'an HTML page' : 'a body that is not the JSON it should be';
  return new PipelineError(
    'SourceUnavailable',
    `NocoDB answered ${answer.request} with ${answer.status} and ${page}. A proxy or a login page may stand before it: check NOCODB_BASE_URL.`,
  );
}
