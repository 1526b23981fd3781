import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.js';

const dir = mkdtempSync(join(tmpdir(), 'business-hours-'));

function load(content: string, more: Record<string, string> = {}) {
  const path = join(dir, 'hours.yaml');
  writeFileSync(path, content);
  return loadConfig({ env: { REPORT_BUSINESS_HOURS: path, ...more }, dotenvPath: null });
}

describe('settings of what reports count', () => {
  it('business hours are read from the file', () => {
    const { reports } = load("default: {hours: {monday: ['09:00-17:00']}}", {
      REPORT_FALLBACK_PATTERN: '(?i)did not understand',
      USER_SCOPE: 'Source',
    });
    expect(reports).toMatchObject({
      businessHours: { hours: { default: { hours: { monday: ['09:00-17:00'] }, holidays: [] }, apps: {} } },
      fallbackPattern: '(?i)did not understand',
      userScope: 'source',
    });
  });

  it.each([
    ['default: {hours: {mon: []}}', /default\.hours/],
    ["default: {hours: {monday: ['9-17']}}", /09:00-17:00/],
    ['default: [', /YAML/],
  ])('a file that cannot be used is an error that says where: %s', (content, message) => {
    expect(() => load(content)).toThrow(message);
    expect(() => load(content)).toThrow(/REPORT_BUSINESS_HOURS/);
  });

  it('a pattern that is none is an error', () => {
    expect(() => load('apps: {}', { REPORT_FALLBACK_PATTERN: '(' })).toThrow(/REPORT_FALLBACK_PATTERN/);
  });
});
