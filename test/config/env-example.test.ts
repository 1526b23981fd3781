import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { loadConfig, TEMPORAL_VARIABLES, VARIABLE_NAMES } from '../../src/config.js';
import { VARIABLES } from '../../src/config/variables.js';

const text = readFileSync('.env.example', 'utf8');
const lines = [...text.matchAll(/^(# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, comment, name, value]) => ({
  name: name!,
  value: value!,
  active: comment === undefined,
}));

describe('.env.example', () => {
  it("names the variables of the schema, and Temporal's, once each", () => {
    expect(lines.map(({ name }) => name).sort()).toEqual([...VARIABLE_NAMES, ...TEMPORAL_VARIABLES].sort());
  });

  it('can be used as it is, and says the defaults', () => {
    const fromFile = loadConfig({ env: {}, dotenvPath: '.env.example' });
    const defaults = loadConfig({ env: {}, dotenvPath: null });
    expect({ ...fromFile, origins: {} }).toEqual({ ...defaults, origins: {} });
  });

  it('comments out the optional engines', () => {
    const optional = /^(MONGODB|S3|AWS|TEMPORAL|CUDA|GPU|ENABLE_GPU)/;
    expect(lines.filter(({ name, active }) => active && optional.test(name))).toEqual([]);
  });

  it('shows values that are allowed', () => {
    for (const { name, value } of lines) {
      if (value === '' || !(name in VARIABLES)) continue;
      expect({ name, ok: VARIABLES[name as keyof typeof VARIABLES].schema.safeParse(value).success }).toEqual(
        {
          name,
          ok: true,
        },
      );
    }
  });
});
