import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, VARIABLE_NAMES } from '../../src/config.js';
import { QUEUE_ROLES, SEARCH_ATTRIBUTES } from '../../src/names.js';

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  profiles?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  restart?: string;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const compose = parse(read('../../docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
/** Where Compose takes a value from when nothing is set. */
const byDefault = (value: string) => value.replace(/\$\{\w+:?-([^}]*)\}/g, '$1');

describe('docker-compose.yml follows the Compose Specification', () => {
  // The schema names its dialect by an address that zod does not take for draft 7.
  const schema = z.fromJSONSchema({
    ...(JSON.parse(read('./compose-spec/compose-spec.json')) as object),
    $schema: 'http://json-schema.org/draft-07/schema#',
  });
  const problems = (file: unknown) => schema.safeParse(file).error?.issues.map(({ path }) => path.join('.'));

  it('is valid', () => {
    expect(problems(compose)).toBeUndefined();
  });

  it('would not be valid with a wrong key or a wrong type', () => {
    const wrong = structuredClone(compose) as unknown as {
      services: Record<string, Record<string, unknown>>;
    };
    wrong.services['mongodb']!['healtcheck'] = {};
    wrong.services['s3']!['ports'] = 'all';
    expect(problems(wrong)).toEqual(['services.mongodb', 'services.s3.ports']);
  });
});

describe('services', () => {
  it('have images of exact versions', () => {
    for (const [name, { image, build }] of services) {
      if (build === undefined)
        expect({ name, image }).toMatchObject({ image: expect.stringMatching(/:v?\d+\.\d+\.\d+|:16\.\d+-/) });
    }
  });

  it('are open on this machine only', () => {
    for (const port of services.flatMap(([, { ports }]) => ports ?? []))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('keep data in named volumes that are declared', () => {
    const used = new Set(
      services.flatMap(([, { volumes }]) => volumes ?? []).map((volume) => volume.split(':')[0]),
    );
    expect([...used].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('say whether they are healthy, or come to an end', () => {
    const ends = services
      .filter(([, { restart }]) => restart?.startsWith('on-failure'))
      .map(([name]) => name);
    expect(ends).toEqual(['temporal-schema', 'temporal-setup']);
    for (const [name, { healthcheck }] of services)
      expect({ name, checked: healthcheck !== undefined }).toEqual({ name, checked: !ends.includes(name) });
  });

  it('wait for what they need', () => {
    for (const [name, { depends_on = {} }] of services)
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const other = compose.services[needed]!;
        const expected =
          other.healthcheck === undefined ? 'service_completed_successfully' : 'service_healthy';
        expect({ name, needed, condition }).toEqual({ name, needed, condition: expected });
      }
  });

  it('all start without a profile, but NocoDB', () => {
    expect(services.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name)).toEqual([
      'nocodb',
    ]);
  });
});

describe('workers', () => {
  const workers = services.filter(([, { build }]) => build !== undefined);

  it('poll every queue, and one of them the source, whose budget is per process', () => {
    const polled = workers.map(([name, { command }]) => [name, command![2]!.split(',')] as const);
    expect(polled.flatMap(([, queues]) => queues).sort()).toEqual([...QUEUE_ROLES].sort());
    expect(Object.fromEntries(polled)['source']).toEqual(['source']);
  });

  it('have settings that the product takes, and find the other services', () => {
    for (const [, { environment = {} }] of workers) {
      const env = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, byDefault(value)]),
      );
      const ours = Object.keys(env).filter((name) => !name.startsWith('TEMPORAL_'));
      expect(VARIABLE_NAMES).toEqual(expect.arrayContaining(ours));
      expect(() => loadConfig({ env, dotenvPath: null })).not.toThrow();
      const hosts = [env['S3_ENDPOINT']!, env['MONGODB_URI']!].map((url) => new URL(url).host);
      expect([...hosts, env['TEMPORAL_ADDRESS']]).toEqual(['s3:7070', 'mongodb:27017', 'temporal:7233']);
    }
  });

  it('are looked after at the port of Temporal', () => {
    const port = (7233).toString(16).toUpperCase();
    for (const [, { healthcheck }] of workers) expect(healthcheck!.test).toContain(`:${port} 01 `);
  });
});

it('Temporal gets the search attributes of the product', () => {
  const spelling: Record<string, string> = { KEYWORD: 'Keyword', DATETIME: 'Datetime', INT: 'Int' };
  const expected = Object.values(SEARCH_ATTRIBUTES).map(
    ({ name, type }) => `${name} ${spelling[type] ?? 'unknown'}`,
  );
  const script = compose.services['temporal-setup']!.command![0]!;
  expect(
    [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => `${name!} ${type!}`),
  ).toEqual(expected);
});

describe('Dockerfile', () => {
  const stages = read('../../Dockerfile')
    .split(/^FROM /m)
    .slice(1);

  it('is on glibc, of one exact version', () => {
    for (const stage of stages) expect(stage).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim( AS build)?\n/);
    expect(new Set(stages.map((stage) => stage.split(/[\s]/)[0])).size).toBe(1);
  });

  it('runs without root, from compiled code', () => {
    expect(stages.at(-1)).toContain('\nUSER 1000:1000\n');
    expect(stages.at(-1)).toContain('COPY --from=build /app/dist dist');
    expect(stages.at(-1)).not.toContain('src');
  });

  it('copies nothing that .dockerignore holds back', () => {
    const ignored = read('../../.dockerignore').split('\n').filter(Boolean);
    const copied = stages.flatMap((stage) =>
      [...stage.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) => from!.split(' ')),
    );
    expect(copied.length).toBeGreaterThan(4);
    expect(copied.filter((name) => ignored.includes(name))).toEqual([]);
  });
});
