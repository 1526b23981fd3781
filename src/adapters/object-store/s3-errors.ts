import { PipelineError } from '../../domain/errors.js';

/** Error codes that trying again does not cure. */
const ACCESS = new Set([
  'NoSuchBucket',
  'AccessDenied',
  'Forbidden',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'AuthorizationHeaderMalformed',
  'PermanentRedirect',
  'InvalidBucketName',
  'EntityTooLarge',
  'CredentialsProviderError',
]);

/** What SDK and system errors may carry. By shape, since an error of another realm is no instance of our Error. */
interface AwsError {
  name?: string;
  code?: string;
  Code?: string;
  $metadata?: { httpStatusCode?: number };
}

function shape(error: unknown): AwsError {
  return typeof error === 'object' && error !== null ? error : {};
}

function statusOf(error: unknown): number | undefined {
  return shape(error).$metadata?.httpStatusCode;
}

function nameOf(error: unknown): string {
  const { Code, code, name } = shape(error);
  return Code ?? (name === undefined || /^(Aggregate)?Error$/.test(name) ? (code ?? 'unknown error') : name);
}

/** The object is not there. (A missing bucket answers 404 too, and is another matter.) */
export function isNoSuchKey(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';
}

/** 412: the condition does not hold. 409: another conditional write is under way. */
export function isPreconditionFailure(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || (status === 409 && nameOf(error) === 'ConditionalRequestConflict');
}

/** SDK error → PipelineError that names bucket and endpoint; never a credential. */
export function asLakeError(error: unknown, place: string): unknown {
  if (error instanceof PipelineError) return error;
  const name = nameOf(error);
  const status = statusOf(error);
  const denied = ACCESS.has(name) || status === 401 || status === 403 || status === 301;
  const what = `${place}: ${name}${status === undefined ? '' : ` (HTTP ${status})`}`;
  return denied
    ? new PipelineError(
        'LakeAccess',
        `${what}; check S3_BUCKET, AWS_REGION and the credentials, and that they may read, write, list and delete under the prefix`,
      )
    : new PipelineError('LakeUnavailable', `${what}; check S3_ENDPOINT and the network, then try again`);
}
