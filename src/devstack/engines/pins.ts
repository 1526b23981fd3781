/** Versions of the engines that the embedded stack obtains. Apart, so that `--version` can name them without loading them. */

/** The Temporal CLI with its development server; the version that tests run on. */
export const TEMPORAL_CLI_VERSION = '1.4.1';
/** The version that mongodb-memory-server-core 11.3 is tested with. */
export const MONGOD_VERSION = '8.2.6';
export const NX_VERSION = '0.8.1';
/** S3 over a directory. Tests run on it; the embedded stack itself keeps its lake in a directory. */
export const VERSITYGW_VERSION = '1.8.0';
