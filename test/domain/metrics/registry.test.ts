import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { DIMENSIONS, INPUTS } from '../../../src/domain/metrics/metric.js';
import { METRICS } from '../../../src/domain/metrics/registry.js';

describe('the registry of metrics', () => {
  it('names each metric once, and says what it is', () => {
    const names = METRICS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, label, definition, inputs, dimensions } of METRICS) {
      expect(name).toMatch(/^[a-z][a-z0-9_]+$/);
      expect(label.length).toBeGreaterThan(3);
      expect(definition).toMatch(/\.$/);
      expect(inputs.filter((input) => !(input in INPUTS))).toEqual([]);
      expect(dimensions.filter((dimension) => !DIMENSIONS.includes(dimension))).toEqual([]);
    }
  });

  it('is what docs/metrics.md lists, word for word', async () => {
    const doc = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    const lines = doc.split('\n');
    const missing = METRICS.filter(({ name, definition }) => {
      const base = name.replace(/_(p50|p90|p95|mean)$/, '');
      return !lines.some(
        (line) =>
          (line.includes(`\`${name}\``) || line.includes(`\`${base}_p50 _p90 _p95 _mean\``)) &&
          line.includes(definition),
      );
    });
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});
