import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../src/names.js';

const file = new URL('../../docker-compose.yml', import.meta.url);
const compose = parse(readFileSync(file, 'utf8')) as {
  services: Record<string, { command?: string[]; ports?: string[]; profiles?: string[]; volumes?: string[] }>;
  volumes: Record<string, unknown>;
};

test('Temporal in Docker has the search attributes of the product', () => {
  const spelling: Record<string, string> = { KEYWORD: 'Keyword', DATETIME: 'Datetime', INT: 'Int' };
  const expected = Object.values(SEARCH_ATTRIBUTES).map(
    ({ name, type }) => `--search-attribute=${name}=${spelling[type] ?? 'unknown'}`,
  );
  const found = compose.services['temporal']?.command?.filter((arg) => arg.startsWith('--search-attribute'));
  expect(found).toEqual(expected);
});

test('ports are open on this machine only, and every volume is declared', () => {
  const services = Object.values(compose.services);
  for (const port of services.flatMap(({ ports }) => ports ?? [])) expect(port).toMatch(/^127\.0\.0\.1:/);
  const used = new Set(
    services.flatMap(({ volumes }) => volumes ?? []).map((volume) => volume.split(':')[0]),
  );
  expect([...used].sort()).toEqual(Object.keys(compose.volumes).sort());
});
