import { Client, Connection, isGrpcServiceError, type ConnectionOptions } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';

import type { TemporalTarget } from '../config/temporal.js';
import { SEARCH_ATTRIBUTES } from '../names.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** gRPC status codes (grpc.io/docs/guides/status-codes). */
const ALREADY_EXISTS = 6;
const REFUSED = new Set([7 /* PERMISSION_DENIED */, 12 /* UNIMPLEMENTED */, 16 /* UNAUTHENTICATED */]);

export interface TemporalConnection {
  client: Client;
  connection: Connection;
  /** For messages: address and namespace. */
  where: string;
  close(): Promise<void>;
}

/**
 * Connects to Temporal.
 * @throws CliError (unreachable) naming the address, within seconds
 */
export async function connectTemporal(target: TemporalTarget): Promise<TemporalConnection> {
  const where = `${target.address ?? 'localhost:7233'}, namespace ${target.namespace}`;
  let connection: Connection;
  try {
    connection = await Connection.connect({
      // Both connections take the same options; the library's type names the native one.
      ...(target.connectionOptions as ConnectionOptions),
      connectTimeout: CONNECT_TIMEOUT_MS,
      // gRPC obeys http_proxy and its kin even on the way to this machine, where no proxy can be of use.
      ...(isLoopback(target.address) ? { channelArgs: { 'grpc.enable_http_proxy': 0 } } : {}),
    });
    await connection.withDeadline(Date.now() + CONNECT_TIMEOUT_MS, () =>
      connection.workflowService.describeNamespace({ namespace: target.namespace }),
    );
  } catch (error) {
    throw unreachable(where, error);
  }
  return {
    connection,
    client: new Client({ connection, namespace: target.namespace }),
    where,
    close: () => connection.close(),
  };
}

export function isLoopback(address: string | null): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(address ?? 'localhost');
}

function unreachable(where: string, error: unknown): CliError {
  const reason = isGrpcServiceError(error)
    ? error.details
    : error instanceof Error
      ? error.message
      : String(error);
  return new CliError(
    EXIT.unreachable,
    `Temporal cannot be used at ${where}: ${reason.split('\n', 1)[0] ?? ''}.\n` +
      'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and credentials (or the profile file of the Temporal CLI),\n' +
      'or leave the address out to use a local stack that is started for you.',
    { cause: error },
  );
}

/**
 * Registers the search attributes that runs carry, where they are missing; safe to repeat and from several processes.
 * @throws CliError that lists them where the server does not let this client register any (Temporal Cloud)
 */
export async function ensureSearchAttributes(
  { connection, where }: TemporalConnection,
  namespace: string,
): Promise<void> {
  const wanted = Object.values(SEARCH_ATTRIBUTES);
  let missing = wanted;
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    missing = wanted.filter(({ name }) => !(name in customAttributes));
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        missing.flatMap(({ name, type }) => {
          const encoded = encodeSearchAttributeIndexedValueType(type);
          return encoded === undefined ? [] : [[name, encoded]];
        }),
      ),
    });
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    if ((error.code as number) === ALREADY_EXISTS) return;
    if (!REFUSED.has(error.code)) throw error;
    throw new CliError(
      EXIT.usage,
      `Temporal at ${where} does not let this client register search attributes.\n` +
        `Create these once, in the namespace's settings or with \`temporal operator search-attribute create\`:\n` +
        missing.map(({ name, type }) => `${name} (${type})`).join(', '),
      { cause: error },
    );
  }
}
