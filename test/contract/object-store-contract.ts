import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PipelineError } from '../../src/domain/errors.js';
import { PreconditionFailed, type ObjectStore } from '../../src/ports/object-store.js';

// A thousand durable puts take seconds on a busy disk.
jest.setTimeout(60_000);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (body: Uint8Array): string => new TextDecoder().decode(body);

/**
 * What every object store must do. `open` makes a new client of one and the same place, so that two of them stand for
 * two processes.
 */
export function objectStoreContract(name: string, open: () => ObjectStore | Promise<ObjectStore>): void {
  describe(`object store contract: ${name}`, () => {
    let store: ObjectStore;
    let other: ObjectStore;
    let scratch: string;
    const root = `t-${randomUUID()}`;
    const key = (path: string): string => `${root}/${path}`;
    const readText = async (k: string): Promise<string | null> => {
      const found = await store.get(k);
      return found === null ? null : textOf(found.body);
    };
    const keysUnder = async (prefix: string): Promise<string[]> => {
      const keys: string[] = [];
      for await (const info of store.list(prefix)) keys.push(info.key);
      return keys.sort();
    };

    beforeAll(async () => {
      store = await open();
      other = await open();
      scratch = await mkdtemp(join(tmpdir(), 'store-'));
    });
    afterAll(async () => {
      await store.delete(await keysUnder(root));
      await Promise.all([store.close(), other.close(), rm(scratch, { recursive: true })]);
    });

    it('reads what was put, with its ETag; null where there is nothing', async () => {
      expect(await store.get(key('none'))).toBeNull();
      expect(await store.localPath(key('none'))).toBeNull();
      const { etag } = await store.put(key('a/b'), bytes('one'));
      const found = await other.get(key('a/b'));
      expect(found?.etag).toBe(etag);
      expect(textOf(found!.body)).toBe('one');
      await store.put(key('a/b'), new Uint8Array());
      expect((await other.get(key('a/b')))?.body.byteLength).toBe(0);
    });

    it('reads a part of an object by its bytes', async () => {
      const { etag } = await store.put(key('parts'), bytes('0123456789'));
      const part = async (offset: number, length: number) => {
        const found = await other.get(key('parts'), undefined, { offset, length });
        expect(found?.etag).toBe(etag);
        return textOf(found!.body);
      };
      expect(await part(0, 1)).toBe('0');
      expect(await part(3, 4)).toBe('3456');
      expect(await part(9, 1)).toBe('9');
      expect(await part(0, 10)).toBe('0123456789');
      expect(await store.get(key('none'), undefined, { offset: 0, length: 1 })).toBeNull();
      await expect(store.get(key('parts'), undefined, { offset: 10, length: 5 })).rejects.toThrow();
    });

    it('puts files, and gives a local path that holds the bytes of now', async () => {
      const path = join(scratch, 'big');
      const content = Buffer.alloc(3_000_000, 'abc');
      await writeFile(path, content);
      const { etag } = await store.putFile(key('file.bin'), path);
      const local = await store.localPath(key('file.bin'));
      expect((await readFile(local!)).equals(content)).toBe(true);
      expect((await store.get(key('file.bin')))?.etag).toBe(etag);
      await other.put(key('file.bin'), bytes('new'));
      expect(await readFile((await store.localPath(key('file.bin')))!, 'utf8')).toBe('new');
    });

    it('puts only where absent, if asked so', async () => {
      await store.put(key('absent'), bytes('1'), { ifAbsent: true });
      await expect(other.put(key('absent'), bytes('2'), { ifAbsent: true })).rejects.toThrow(
        PreconditionFailed,
      );
      expect(await readText(key('absent'))).toBe('1');
    });

    it('puts only over the ETag given', async () => {
      await expect(store.put(key('cas'), bytes('x'), { ifMatch: 'nothing' })).rejects.toThrow(
        PreconditionFailed,
      );
      const first = await store.put(key('cas'), bytes('1'), { ifAbsent: true });
      const second = await other.put(key('cas'), bytes('2'), { ifMatch: first.etag });
      await expect(store.put(key('cas'), bytes('3'), { ifMatch: first.etag })).rejects.toThrow(
        PreconditionFailed,
      );
      expect(await store.get(key('cas'))).toEqual({ body: expect.anything(), etag: second.etag });
      // The same content again is another version.
      const third = await store.put(key('cas'), bytes('3'), { ifMatch: second.etag });
      await other.put(key('cas'), bytes('1'), { ifMatch: third.etag });
      expect(await readText(key('cas'))).toBe('1');
    });

    it('lets exactly one of many concurrent writers win, and loses no increment', async () => {
      const created = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) =>
          (i % 2 === 0 ? store : other).put(key('race'), bytes(`${i}`), { ifAbsent: true }),
        ),
      );
      expect(created.filter((r) => r.status === 'fulfilled')).toHaveLength(1);

      await store.put(key('counter'), bytes('0'), { ifAbsent: true });
      const increment = async (client: ObjectStore): Promise<void> => {
        for (let done = 0; done < 10;) {
          const now = await client.get(key('counter'));
          const next = bytes(`${Number(textOf(now!.body)) + 1}`);
          try {
            await client.put(key('counter'), next, { ifMatch: now!.etag });
            done++;
          } catch (error) {
            if (!(error instanceof PreconditionFailed)) throw error;
          }
        }
      };
      await Promise.all([increment(store), increment(other), increment(store)]);
      expect(await readText(key('counter'))).toBe('30');
    });

    it('copies over what is there', async () => {
      await store.put(key('from'), bytes('copied'));
      await store.put(key('deep/to'), bytes('old'));
      await store.copy(key('from'), key('deep/to'));
      await store.copy(key('from'), key('deep/to'));
      await store.put(key('from'), bytes('changed later'));
      expect(await readText(key('deep/to'))).toBe('copied');
    });

    it('keeps odd keys as they are', async () => {
      const odd = ['with space', '100%', 'a%2Fb', 'ünï/日本語 😀', "q'uote&+=?#", 'app=%5Fall/x.json'].map(
        (k) => key(`odd/${k}`),
      );
      for (const k of odd) await store.put(k, bytes(k));
      expect(await keysUnder(key('odd/'))).toEqual([...odd].sort());
      for (const k of odd) expect(await readText(k)).toBe(k);
      await store.copy(odd[3]!, key('odd/copy of ü'));
      expect(await readText(key('odd/copy of ü'))).toBe(odd[3]);
      await store.delete(odd);
      expect(await keysUnder(key('odd/'))).toEqual([key('odd/copy of ü')]);
    });

    it('refuses keys that would leave its place', async () => {
      for (const bad of ['', '../x', 'a//b', '/a', 'a/', 'a/./b', '.claims/x']) {
        await expect(store.put(bad, bytes('x'))).rejects.toThrow(PipelineError);
      }
    });

    it('lists by prefix, also in the middle of a name and over 1000 keys, with sizes', async () => {
      const many = Array.from({ length: 1100 }, (_, i) => key(`many/${i % 7}/k${i}`));
      for (let i = 0; i < many.length; i += 50) {
        await Promise.all(many.slice(i, i + 50).map((k) => store.put(k, bytes('12345'))));
      }
      expect(await keysUnder(key('many/'))).toEqual([...many].sort());
      expect(await keysUnder(key('many/3/k1'))).toEqual(many.filter((k) => k.includes('/3/k1')).sort());
      expect(await keysUnder(key('nothing/'))).toEqual([]);
      for await (const info of store.list(many[0]!)) {
        expect(info.size).toBe(5);
        expect(Math.abs(info.modifiedAt - Date.now())).toBeLessThan(600_000);
        if (info.key === many[0]) expect(info.etag).toBe((await store.get(info.key))?.etag);
      }
      await store.delete([...many, key('was never there')]);
      expect(await keysUnder(key('many/'))).toEqual([]);
    });

    it('does nothing once aborted', async () => {
      const signal = AbortSignal.abort(new Error('stopped'));
      await expect(store.put(key('late'), bytes('x'), { signal })).rejects.toThrow('stopped');
      await expect(store.get(key('late'), signal)).rejects.toThrow('stopped');
      expect(await store.get(key('late'))).toBeNull();
    });
  });
}
