import { Connection, isGrpcServiceError, type ConnectionOptions } from '@temporalio/client';

import type { TemporalTarget } from '../../config.js';
import { QUEUES, SEARCH_ATTRIBUTES } from '../../names.js';
import { ensureSearchAttributes, isLoopback } from '../connection.js';
import { queuesWithoutPollers } from '../pollers.js';
import { firstLine, type Check, type Report } from './finding.js';

const CALL_MS = 4_000;
const NOT_FOUND = 5;

export interface TemporalOptions {
  /** null: neither variable nor profile names an address, and no `dev` runs. */
  target: TemporalTarget | null;
  /** A running `dev`, not the environment, named the address. */
  ofDev: boolean;
  /** To connect. */
  connectMs?: number;
  timeoutMs?: number;
}

/** Address, namespace, search attributes, and whether each queue has a worker. */
export function checkTemporal(given: TemporalOptions): Check {
  const { target, ofDev, connectMs = CALL_MS, timeoutMs = 20_000 } = given;
  return {
    area: 'Temporal',
    timeoutMs,
    variables: 'TEMPORAL_ADDRESS, TEMPORAL_TLS and TEMPORAL_API_KEY',
    run: async (report) => {
      if (target === null) {
        report({
          check: 'address',
          level: 'embedded',
          message: 'started on demand: TEMPORAL_ADDRESS is not set',
        });
        return;
      }
      const connection = await connect(target, { ofDev, connectMs }, report);
      if (connection === null) return;
      try {
        if (!(await checkNamespace(connection, target, report))) return;
        await Promise.all([
          checkAttributes(connection, target, report),
          checkQueues(connection, target, report),
        ]);
      } finally {
        await connection.close();
      }
    },
  };
}

function options(target: TemporalTarget, connectMs: number): ConnectionOptions {
  return {
    ...(target.connectionOptions as ConnectionOptions),
    connectTimeout: connectMs,
    ...(isLoopback(target.address) ? { channelArgs: { 'grpc.enable_http_proxy': 0 } } : {}),
  };
}

async function connect(
  target: TemporalTarget,
  { ofDev, connectMs }: { ofDev: boolean; connectMs: number },
  report: Report,
): Promise<Connection | null> {
  try {
    const connection = await Connection.connect(options(target, connectMs));
    const whose = ofDev ? ' (the running `dev`)' : '';
    report({ check: 'address', level: 'ok', message: `answers at ${target.address ?? ''}${whose}` });
    return connection;
  } catch (error) {
    report({
      check: 'address',
      level: 'broken',
      message: `cannot be reached at ${target.address ?? ''}: ${reasonOf(error)}`,
      remedy:
        'check TEMPORAL_ADDRESS (host:port) and that the server runs; TEMPORAL_TLS or TEMPORAL_API_KEY where it needs them; or unset it for a local server',
    });
    return null;
  }
}

async function checkNamespace(
  connection: Connection,
  { namespace }: TemporalTarget,
  report: Report,
): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    report({ check: 'namespace', level: 'ok', message: `namespace ${namespace}` });
    return true;
  } catch (error) {
    const missing = isGrpcServiceError(error) && (error.code as number) === NOT_FOUND;
    report({
      check: 'namespace',
      level: 'broken',
      message: missing
        ? `namespace ${namespace} does not exist`
        : `namespace ${namespace}: ${reasonOf(error)}`,
      remedy: missing
        ? `set TEMPORAL_NAMESPACE to one that is there, or make it: temporal operator namespace create -n ${namespace}`
        : 'check TEMPORAL_NAMESPACE and TEMPORAL_API_KEY',
    });
    return false;
  }
}

async function checkAttributes(
  connection: Connection,
  target: TemporalTarget,
  report: Report,
): Promise<void> {
  const { namespace } = target;
  const wanted = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  let missing: string[];
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    missing = wanted.filter((name) => !(name in customAttributes));
  } catch (error) {
    report({
      check: 'search attributes',
      level: 'warning',
      message: `cannot be listed: ${reasonOf(error)}`,
      remedy: `see that the namespace has ${wanted.join(', ')} (docs/configuration.md)`,
    });
    return;
  }
  if (missing.length === 0) {
    report({ check: 'search attributes', level: 'ok', message: `all ${wanted.length} search attributes` });
    return;
  }
  report({
    check: 'search attributes',
    level: 'broken',
    message: `search attributes are missing: ${missing.join(', ')}`,
    remedy: `doctor --repair, or start a worker, or create them in namespace ${namespace} (TEMPORAL_NAMESPACE)`,
    repair: () => register(target, missing),
  });
}

/** On a connection of its own: that of the check is closed by then. */
async function register(target: TemporalTarget, missing: readonly string[]): Promise<string> {
  const { connectTemporal } = await import('../connection.js');
  const temporal = await connectTemporal(target);
  try {
    await ensureSearchAttributes(temporal, target.namespace);
    return `search attributes registered: ${missing.join(', ')}`;
  } finally {
    await temporal.close();
  }
}

async function checkQueues(
  connection: Connection,
  { namespace, address }: TemporalTarget,
  report: Report,
): Promise<void> {
  const missing = await connection.withDeadline(Date.now() + CALL_MS, () =>
    queuesWithoutPollers({ connection }, namespace),
  );
  if (missing.length === 0) {
    report({ check: 'workers', level: 'ok', message: 'every queue has a worker' });
    return;
  }
  const all = missing.length === Object.keys(QUEUES).length;
  report({
    check: 'workers',
    level: 'broken',
    message: `no worker polls ${missing.map((role) => QUEUES[role]).join(', ')}`,
    remedy: `start one: conversation-analytics worker${all ? '' : ` --queues ${missing.join(',')}`}, with TEMPORAL_ADDRESS=${address ?? ''} and TEMPORAL_NAMESPACE=${namespace}`,
  });
}

function reasonOf(error: unknown): string {
  const text = isGrpcServiceError(error)
    ? error.details
    : error instanceof Error
      ? error.message
      : String(error);
  return firstLine(text).replace(/[.\s]+$/, '');
}
