/** Addresses of the engines that the test runner (scripts/test.mjs) started, from its environment. */

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(
      `${name} is not set: run the integration tests by \`npm test\`, which starts the engines`,
    );
  }
  return value;
}

/** Path of a Temporal CLI binary; each test file starts a server of its own from it. */
export const temporalBinary = (): string => required('TEST_TEMPORAL_BINARY');

export const mongodbUri = (): string => required('TEST_MONGODB_URI');

/** S3 protocol: endpoint and keys; make a bucket of your own. */
export const s3 = (): { endpoint: string; accessKeyId: string; secretAccessKey: string } => ({
  endpoint: required('TEST_S3_ENDPOINT'),
  accessKeyId: required('TEST_S3_ACCESS_KEY_ID'),
  secretAccessKey: required('TEST_S3_SECRET_ACCESS_KEY'),
});
