import { existsSync } from 'node:fs';

import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

import { ConfigError } from './errors.js';

/** How to reach Temporal. `address` null: no Temporal address is named, by variable or profile. */
export interface TemporalTarget {
  address: string | null;
  namespace: string;
  /** For `Connection.connect` and `NativeConnection.connect`: address, TLS, API key, metadata. */
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

const DEFAULT_NAMESPACE = 'default';

/**
 * Reads Temporal's own variables and its TOML profile, as every Temporal tool does (so Temporal Cloud works).
 * @param env the environment with `.env` beneath it (`mergedEnvironment`)
 * @param ignoreProfile read no profile file: only what `env` says
 * @throws ConfigError where a profile or certificate file cannot be read
 */
export function resolveTemporal(options: {
  env: Record<string, string>;
  ignoreProfile?: boolean;
}): TemporalTarget {
  if (options.ignoreProfile !== true) requireProfileFile(options.env['TEMPORAL_CONFIG_FILE']);
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: options.env,
      disableFile: options.ignoreProfile ?? false,
    });
    // The library leaves keys with value undefined, which the connections' option types do not allow.
    const defined = Object.fromEntries(
      Object.entries(connectionOptions).filter(([, value]) => value !== undefined),
    ) as ClientConnectConfig['connectionOptions'];
    return {
      address: defined.address ?? null,
      namespace: namespace ?? DEFAULT_NAMESPACE,
      connectionOptions: defined,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new ConfigError([
      {
        setting: "Temporal's settings",
        value: reason ?? '',
        allowed: 'TEMPORAL_* variables and a profile file as the Temporal CLI reads them',
      },
    ]);
  }
}

/** The library takes a file that is not there for an empty one: then a run would go elsewhere than was meant. */
function requireProfileFile(path: string | undefined): void {
  if (path === undefined || existsSync(path)) return;
  throw new ConfigError([
    {
      setting: 'TEMPORAL_CONFIG_FILE',
      value: path,
      allowed: 'the path of an existing profile file (TOML); leave it out to use TEMPORAL_* variables',
    },
  ]);
}
