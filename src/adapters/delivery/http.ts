import { PipelineError } from '../../domain/errors.js';

const TIMEOUT_MS = 30_000;
/** Answers that say "not now" rather than "never". */
const LATER = new Set([408, 425, 429]);

/**
 * Posts a JSON body. An answer other than 2xx is an error; redirects are refused, since a signed body must not go where
 * nobody meant it to. What the receiver answers is not repeated: it may quote what it was sent.
 * @param name of the receiver, without secrets
 */
export async function postJson(
  url: string,
  body: string,
  headers: Record<string, string>,
  { name, setting, signal }: { name: string; setting: string; signal: AbortSignal },
): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
  } catch (err) {
    if (signal.aborted) throw err;
    throw new PipelineError(
      'DeliveryUnavailable',
      `${name} cannot be reached (${reasonOf(err)}): see that it runs and that ${setting} is right`,
    );
  }
  if (response.ok) return;
  const { status } = response;
  if (status >= 500 || LATER.has(status)) {
    throw new PipelineError(
      'DeliveryUnavailable',
      `${name} answers ${status}: it is tried again`,
      retryAfter(response.headers.get('retry-after')),
    );
  }
  throw new PipelineError(
    'DeliveryRefused',
    `${name} refuses the report (HTTP ${status}): check ${setting}, and what the receiver expects`,
  );
}

/** Code of a network error (`ECONNREFUSED`); messages may hold the address with its secrets. */
function reasonOf(err: unknown): string {
  const cause = err instanceof Error ? err.cause : undefined;
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  return err instanceof Error ? err.name : 'unknown';
}

function retryAfter(header: string | null): { retryAfterMs?: number } {
  const seconds = Number(header ?? '');
  return header !== null && seconds > 0 && seconds <= 3600 ? { retryAfterMs: seconds * 1000 } : {};
}
