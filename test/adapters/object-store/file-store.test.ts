import { chmod, link, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import { objectStoreContract } from '../../contract/object-store-contract.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lake-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

objectStoreContract('directory', () => createFileObjectStore(dir));

describe('file object store', () => {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);

  it('completes a conditional write whose writer was killed before the rename', async () => {
    const store = createFileObjectStore(dir);
    const { etag } = await store.put('crash/manifest.json', text('one'), { ifAbsent: true });
    // What a killed writer leaves: the claim, without the rename.
    await mkdir(join(dir, '.claims/crash/manifest.json'), { recursive: true });
    await writeFile(join(dir, 'claimed'), 'two');
    await link(join(dir, 'claimed'), join(dir, '.claims/crash/manifest.json', etag));
    await rm(join(dir, 'claimed'));

    const now = await store.get('crash/manifest.json');
    expect(new TextDecoder().decode(now!.body)).toBe('two');
    await store.put('crash/manifest.json', text('three'), { ifMatch: now!.etag });
    expect(new TextDecoder().decode((await store.get('crash/manifest.json'))!.body)).toBe('three');
  });

  it('copies by hard link and leaves no temporary file behind', async () => {
    const store = createFileObjectStore(dir);
    await store.put('links/a', text('x'));
    await store.copy('links/a', 'links/b');
    await store.copy('links/a', 'links/b');
    expect((await stat(join(dir, 'links/b'))).ino).toBe((await stat(join(dir, 'links/a'))).ino);
    expect(await readdir(join(dir, '.tmp'))).toEqual([]);
  });

  it('removes folders that a delete leaves empty, beside concurrent puts', async () => {
    const store = createFileObjectStore(dir);
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await store.put(`busy/d/${i}`, text('x'));
        await store.delete([`busy/d/${i}`]);
      }),
    );
    expect(await readdir(dir)).not.toContain('busy');
  });

  it('names the directory where it cannot write', async () => {
    const file = join(dir, 'a-file');
    await writeFile(file, '');
    const store = createFileObjectStore(join(file, 'lake'));
    await expect(store.put('x', text('x'))).rejects.toMatchObject({
      type: 'LakeAccess',
      message: expect.stringContaining(join(file, 'lake')),
    });
    await chmod(file, 0o600);
  });
});
