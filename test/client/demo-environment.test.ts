import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { demoEnvironment, isolateProcess } from '../../src/client/demo-environment.js';
import { TEMPORAL_VARIABLES, VARIABLE_NAMES } from '../../src/config.js';

describe('the environment of the demo', () => {
  const foreign = [
    ...VARIABLE_NAMES,
    ...TEMPORAL_VARIABLES,
    'TEMPORAL_GRPC_META_X',
    'AWS_PROFILE',
    'AWS_SESSION_TOKEN',
  ];
  const env = {
    PATH: '/bin',
    HOME: '/home/someone',
    ...Object.fromEntries(foreign.map((name) => [name, 'x'])),
  };

  it('holds nothing that names a source, a database, a bucket or a server', () => {
    const kept = Object.keys(demoEnvironment(env));
    expect(kept.filter((name) => /NOCODB|MONGODB|S3_|AWS|TEMPORAL/.test(name))).toEqual([]);
    expect(kept).toEqual(expect.arrayContaining(['PATH', 'HOME']));
  });

  it('leaves the original as it is, and can clean a process in place', () => {
    const copy: NodeJS.ProcessEnv = { ...env };
    demoEnvironment(copy);
    expect(copy['NOCODB_BASE_URL']).toBe('x');
    isolateProcess(copy);
    expect(copy).toEqual(demoEnvironment(env));
  });

  it('is documented with the same prefixes', () => {
    const text = readFileSync('docs/cli.md', 'utf8');
    for (const prefix of ['NOCODB_', 'MONGODB_', 'S3_', 'AWS_', 'TEMPORAL_'])
      expect(text).toContain(`\`${prefix}\``);
  });
});
