import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import { chooseEngine } from '../../../src/adapters/classifier/index.js';
import { checkCategorizer } from '../../../src/client/doctor/categorizer.js';
import { doctor } from '../../../src/client/doctor/index.js';
import { checkLake } from '../../../src/client/doctor/lake.js';
import { checkMongo } from '../../../src/client/doctor/mongodb.js';
import { checkNode } from '../../../src/client/doctor/node.js';
import { checkTemporal } from '../../../src/client/doctor/temporal.js';
import { EXIT } from '../../../src/client/exit-codes.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { ioOf } from '../support.js';
import { fault, findings } from './support.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const local = (folder: string) => ({ config: { lake: { dir: folder, s3: null } }, remoteTemporal: false });

describe('Node', () => {
  const machine = { node: '22.12.0', platform: 'linux', arch: 'x64', glibc: '2.36' };

  it.each([
    ['18.20.4', '20.19.0'],
    ['20.18.9', '20.19.0'],
    ['9.99.99', '20.19.0'],
  ])('%s is too old', async (node, needed) => {
    const found = await fault(checkNode({ ...machine, node }));
    expect(found).toMatchObject({ level: 'broken', check: 'version' });
    expect(found.message).toContain(node);
    expect(found.remedy).toContain(needed);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s will do', async (node) => {
    expect((await findings(checkNode({ ...machine, node }))).every(({ level }) => level === 'ok')).toBe(true);
  });

  it.each([
    [{ ...machine, glibc: undefined }, 'glibc'],
    [{ ...machine, platform: 'win32' }, 'WSL'],
  ])('another platform %#', async (other, word) => {
    const found = await fault(checkNode(other));
    expect(found).toMatchObject({ level: 'broken', check: 'platform' });
    expect(found.remedy).toContain(word);
  });

  it('this one is well', async () => {
    expect((await findings(checkNode())).map(({ level }) => level)).toEqual(['ok', 'ok']);
  });
});

describe('the lake in a directory', () => {
  it('is well where it can be written, and nothing is left behind', async () => {
    const folder = join(dir, 'lake');
    mkdirSync(folder);
    expect(await findings(checkLake(local(folder)))).toMatchObject([
      { check: 'access', level: 'ok' },
      { check: 'fixed keys', level: 'ok' },
    ]);
    const keys: string[] = [];
    for await (const { key } of createFileObjectStore(folder).list('')) keys.push(key);
    expect(keys).toEqual([]);
  });

  it('is not made by looking', async () => {
    const folder = join(dir, 'none', 'lake');
    expect(await findings(checkLake(local(folder)))).toMatchObject([{ check: 'access', level: 'ok' }]);
    expect(await findings(checkLake(local(folder)))).toMatchObject([
      { message: expect.stringContaining('not there yet') },
    ]);
  });

  it('below a file cannot be made', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const found = await fault(checkLake(local(join(file, 'lake'))));
    expect(found).toMatchObject({ level: 'broken', check: 'access' });
    expect(found.message).toContain(file);
    expect(found.remedy).toContain('LAKE_DIR');
  });

  it('that is a file cannot be written', async () => {
    const file = join(dir, 'lake-file');
    writeFileSync(file, '');
    const found = await fault(checkLake(local(file)));
    expect(found).toMatchObject({ level: 'broken', check: 'access' });
    expect(found.remedy).toContain('LAKE_DIR');
  });

  it('must be shared where Temporal is elsewhere', async () => {
    const folder = join(dir, 'shared');
    mkdirSync(folder);
    const found = await fault(checkLake({ ...local(folder), remoteTemporal: true }));
    expect(found).toMatchObject({ level: 'warning', check: 'shared' });
    expect(found.remedy).toContain('S3_ENABLED');
  });

  it.each([
    ['If-None-Match', 'ifAbsent'],
    ['If-Match', 'ifMatch'],
  ] as const)('on a store that ignores %s is broken', async (header, ignored) => {
    const folder = join(dir, `careless-${ignored}`);
    mkdirSync(folder);
    const store = createFileObjectStore(folder);
    const careless: ObjectStore = {
      location: store.location,
      get: (key, signal) => store.get(key, signal),
      put: (key, body, options = {}) => {
        const heeded = Object.entries(options).filter(([name]) => name !== ignored);
        return store.put(key, body, Object.fromEntries(heeded));
      },
      putFile: (key, path, options) => store.putFile(key, path, options),
      localPath: (key, signal) => store.localPath(key, signal),
      copy: (from, to, signal) => store.copy(from, to, signal),
      list: (prefix, signal) => store.list(prefix, signal),
      delete: (keys, signal) => store.delete(keys, signal),
      close: () => store.close(),
    };
    const found = (await findings(checkLake({ ...local(folder), open: () => careless }))).find(
      ({ level }) => level === 'broken',
    );
    expect(found).toMatchObject({ check: 'conditional put' });
    expect(found?.message).toContain(`${header} is ignored`);
    expect(found?.remedy).toContain('S3_ENDPOINT');
  });
});

describe('MongoDB', () => {
  it('that nobody serves', async () => {
    const uri = 'mongodb://someone:secret@127.0.0.1:1/?serverSelectionTimeoutMS=200';
    const found = await fault(
      checkMongo({ mongodb: { uri, database: 'x' }, embedded: false, selectMs: 300 }),
    );
    expect(found).toMatchObject({ level: 'broken', check: 'address' });
    expect(found.message).toContain('127.0.0.1:1');
    expect(found.remedy).toContain('MONGODB_URI');
    expect(JSON.stringify(found)).not.toContain('secret');
  }, 15_000);

  it.each([
    [true, 'embedded'],
    [false, 'ok'],
  ])('that is not named (embedded: %s)', async (embedded, level) => {
    expect(await findings(checkMongo({ mongodb: null, embedded }))).toMatchObject([{ level }]);
  });
});

describe('Temporal', () => {
  const at = (address: string) => ({
    target: { address, namespace: 'default', connectionOptions: { address } },
    ofDev: false,
    connectMs: 500,
  });

  it('that nobody serves', async () => {
    const found = await fault(checkTemporal(at('127.0.0.1:1')));
    expect(found).toMatchObject({ level: 'broken', check: 'address' });
    expect(found.message).toContain('127.0.0.1:1');
    expect(found.remedy).toContain('TEMPORAL_ADDRESS');
  }, 15_000);

  it('that takes connections and says nothing', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = silent.address() as AddressInfo;
      const found = await fault(checkTemporal({ ...at(`127.0.0.1:${port}`), timeoutMs: 10_000 }));
      expect(found.level).toBe('broken');
      expect(found.remedy).toContain('TEMPORAL_ADDRESS');
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  }, 15_000);

  it('that is not named is started on demand', async () => {
    expect(await findings(checkTemporal({ target: null, ofDev: false }))).toMatchObject([
      { level: 'embedded' },
    ]);
  });
});

describe('the categorizer', () => {
  const gpu = { enabled: false, memoryLimitMb: 4096 };

  it('is well as it is shipped', async () => {
    const found = await findings(checkCategorizer({ gpu }));
    expect(found.map(({ check, level }) => `${check} ${level}`)).toEqual(['model ok', 'engine ok', 'GPU ok']);
    expect(found[1]?.message).toMatch(/^(typed arrays|tensorflow cpu); ./);
  });

  it('with weights that are not those of the model', async () => {
    const modelDir = join(dir, 'model');
    cpSync('models/default', modelDir, { recursive: true });
    writeFileSync(join(modelDir, 'weights.bin'), 'x');
    const found = await fault(checkCategorizer({ gpu, modelDir }));
    expect(found).toMatchObject({ level: 'broken', check: 'model' });
    expect(found.message).toContain('SHA-256');
    expect(found.remedy).toContain('Restore');
  });

  it('without a model', async () => {
    const found = await fault(checkCategorizer({ gpu, modelDir: join(dir, 'no-model') }));
    expect(found).toMatchObject({ level: 'broken', check: 'model' });
    expect(found.message).toContain('model.json');
  });

  it('asked for a GPU that it cannot use goes on without', async () => {
    const found = await fault(
      checkCategorizer({
        gpu: { ...gpu, enabled: true },
        choose: async (options) => ({
          ...(await chooseEngine({ ...options, gpu })),
          noGpu: 'the package is installed without its native library',
        }),
      }),
    );
    expect(found).toMatchObject({ level: 'warning', check: 'GPU' });
    expect(found.message).toContain('native library');
    expect(found.remedy).toContain('ENABLE_GPU');
  });
});

describe('the doctor as a whole', () => {
  interface Shown {
    ok: boolean;
    findings: { area: string; check: string; level: string; message: string; remedy: string | null }[];
  }
  async function look(env: Record<string, string>): Promise<{ code: number; shown: Shown }> {
    const { io, stdout } = ioOf({ CONVERSATION_ANALYTICS_DATA: join(dir, 'data'), ...env });
    const code = await doctor({ repair: false, json: true }, io);
    return { code, shown: JSON.parse(stdout()) as Shown };
  }

  it('finds nothing broken where nothing is named, and starts nothing', async () => {
    const { code, shown } = await look({});
    expect(shown.findings.filter(({ level }) => level === 'broken')).toEqual([]);
    expect([code, shown.ok]).toEqual([EXIT.complete, true]);
    expect(shown.findings.filter(({ level }) => level === 'embedded').map(({ area }) => area)).toEqual([
      'Temporal',
      'NocoDB',
      'MongoDB',
    ]);
  }, 20_000);

  it('names each setting that cannot be used, and looks at the rest all the same', async () => {
    const { code, shown } = await look({
      NOCODB_BASE_URL: 'nocodb',
      NOCODB_MAPPING: join(dir, 'absent.yaml'),
      MONGODB_URI: 'localhost:27017',
      S3_ENABLED: 'true',
      MAX_WORKERS: 'many',
      LAKE_DIR: join(dir, 'l'),
    });
    expect(code).toBe(EXIT.broken);
    const broken = shown.findings.filter(({ level }) => level === 'broken');
    for (const name of [
      'NOCODB_BASE_URL',
      'NOCODB_API_TOKEN',
      'NOCODB_MAPPING',
      'MONGODB_URI',
      'S3_BUCKET',
      'MAX_WORKERS',
    ]) {
      const finding = broken.find(({ message }) => message.startsWith(name));
      expect([name, finding?.remedy]).toEqual([name, expect.stringContaining(name)]);
    }
    expect(shown.findings).toContainEqual(expect.objectContaining({ area: 'Categorizer', level: 'ok' }));
    expect(shown.findings).toContainEqual(expect.objectContaining({ area: 'Node', level: 'ok' }));
    expect(shown.findings).toContainEqual(expect.objectContaining({ area: 'Temporal', level: 'embedded' }));
  }, 20_000);

  it('looks at the model that is configured', async () => {
    const modelDir = join(dir, 'configured');
    cpSync('models/default', modelDir, { recursive: true });
    writeFileSync(join(modelDir, 'weights.bin'), 'x');
    const { code, shown } = await look({ MODEL_DIR: modelDir });
    expect(code).toBe(EXIT.broken);
    expect(shown.findings).toContainEqual(
      expect.objectContaining({ area: 'Categorizer', check: 'model', level: 'broken' }),
    );
  }, 20_000);

  it('prints a line each with the remedy below', async () => {
    const { io, stdout } = ioOf({
      CONVERSATION_ANALYTICS_DATA: join(dir, 'data'),
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(await doctor({ repair: false, json: false }, io)).toBe(EXIT.broken);
    const lines = stdout().split('\n');
    const at = lines.findIndex((line) => line.startsWith('broken    Temporal'));
    expect(lines[at]).toContain('127.0.0.1:1');
    expect(lines[at + 1]).toMatch(/^ +→ .*TEMPORAL_ADDRESS/);
    expect(lines.at(-2)).toContain('1 broken');
  }, 20_000);
});
