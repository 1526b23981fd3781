import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ConfigError, resolveTemporal } from '../../src/config.js';

let dir: string;
let profile: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'temporal-config-'));
  // Where the library looks by default, on Linux and on macOS.
  for (const folder of [dir, join(dir, 'Library', 'Application Support')]) {
    mkdirSync(join(folder, 'temporalio'), { recursive: true });
    profile = join(folder, 'temporalio', 'temporal.toml');
    writeFileSync(
      profile,
      '[profile.default]\naddress = "profile.example.com:7233"\nnamespace = "from-profile"\napi_key = "k"\n',
    );
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('resolveTemporal', () => {
  it('says where no address is named', () => {
    expect(resolveTemporal({ env: { HOME: '/nonexistent' } })).toEqual({
      address: null,
      namespace: 'default',
      connectionOptions: {},
    });
  });

  it('reads the environment', () => {
    const target = resolveTemporal({
      env: { TEMPORAL_ADDRESS: 'host:7233', TEMPORAL_NAMESPACE: 'ns', TEMPORAL_API_KEY: 'key' },
      ignoreProfile: true,
    });
    expect(target).toEqual({
      address: 'host:7233',
      namespace: 'ns',
      connectionOptions: { address: 'host:7233', apiKey: 'key', tls: true },
    });
  });

  it('reads the profile file, and the environment over it', () => {
    const env = { XDG_CONFIG_HOME: dir, HOME: dir };
    expect(resolveTemporal({ env })).toMatchObject({
      address: 'profile.example.com:7233',
      namespace: 'from-profile',
    });
    expect(resolveTemporal({ env: { ...env, TEMPORAL_ADDRESS: 'other:1' } }).address).toBe('other:1');
  });

  it('leaves the profile file alone where told to', () => {
    const env = { XDG_CONFIG_HOME: dir, HOME: dir, TEMPORAL_CONFIG_FILE: profile };
    expect(resolveTemporal({ env, ignoreProfile: true }).address).toBeNull();
  });

  it('reports a profile that does not exist, and shows no content of the file', () => {
    expect(() =>
      resolveTemporal({ env: { TEMPORAL_PROFILE: 'none', TEMPORAL_CONFIG_FILE: profile } }),
    ).toThrow(ConfigError);
    const broken = join(dir, 'broken.toml');
    writeFileSync(broken, '[profile.default]\napi_key = "hunter2" oops\n');
    let message = '';
    try {
      resolveTemporal({ env: { TEMPORAL_CONFIG_FILE: broken } });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain("Temporal's settings");
    expect(message).not.toContain('hunter2');
  });
});
