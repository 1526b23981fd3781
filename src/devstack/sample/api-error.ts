/** An answer other than 2xx, with its body in the shape that NocoDB 0.301.3 gives it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
    readonly headers: Record<string, string> = {},
  ) {
    super(`HTTP ${status}`);
  }
}

/** The newer shape: a code and a sentence. */
export function coded(status: number, error: string, message: string): ApiError {
  return new ApiError(status, { error, message });
}

/** The older shape: a sentence only. */
export function plain(status: number, msg: string): ApiError {
  return new ApiError(status, { msg });
}

export const unauthorized = (): ApiError =>
  coded(401, 'ERR_AUTHENTICATION_REQUIRED', 'Authentication required - Invalid token');

export const notFound = (what: 'BASE' | 'TABLE' | 'FIELD' | 'RECORD', name: string): ApiError => {
  const word = { BASE: 'Base', TABLE: 'Table', FIELD: 'Field', RECORD: 'Record' }[what];
  return coded(404, `ERR_${what}_NOT_FOUND`, `${word} '${name}' not found`);
};

/** The raw `where` grammar's complaint. */
export const badRawFilter = (message: string): ApiError => plain(422, message);

/** The quoted (`@`) grammar's complaint. */
export const badQuotedFilter = (message: string): ApiError => coded(422, 'ERR_INVALID_FILTER', message);

export const unsupportedFilter = (message: string): ApiError =>
  coded(422, 'ERR_FILTER_VERIFICATION_FAILED', `Filter verification failed: ${message}`);

/** NocoDB's answer where its own code or its database threw. */
export const serverError = (): ApiError =>
  plain(
    500,
    `Something didn't work as expected. Please try again. If the problem persists, contact support.`,
  );

/** Valid in NocoDB, and not rebuilt here: said loudly, so that nobody relies on a wrong answer. */
export const notRebuilt = (what: string): ApiError =>
  plain(501, `The sample source does not answer ${what}; use a real NocoDB to try it.`);
