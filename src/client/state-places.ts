import { access, constants, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { ObjectStore } from '../ports/object-store.js';
import { UsageError } from './errors.js';

/** Where a processing state lies. */
export interface StatePlace {
  /** As a person knows it. */
  readonly name: string;
  /** The option that named it. */
  readonly flag: '--state-file' | '--use-s3-state';
  /** null: nothing there. @throws UsageError where it cannot be read, or never be written */
  read(): Promise<string | null>;
  /** Replaces it as a whole: a reader never sees half of it. */
  write(text: string): Promise<void>;
  /** Copies what lies there to a name of its own. @returns that name */
  keepAside(): Promise<string>;
}

/** Key of the state in the lake's store. */
export const STATE_KEY = '_state/processing_state.json';

export function fileState(path: string): StatePlace {
  const flag = '--state-file';
  return {
    name: path,
    flag,
    read: async () => {
      try {
        await mkdir(dirname(path), { recursive: true });
        await access(dirname(path), constants.W_OK);
        return await readFile(path, 'utf8');
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
        if (code === 'ENOENT') return null;
        throw new UsageError(
          `${flag} ${JSON.stringify(path)} cannot be used (${code}).\n` +
            'Allowed is the path of a file that this user may read and write; it need not exist.\n' +
            `For example: ${flag} processing_state.json`,
        );
      }
    },
    write: async (text) => {
      const whole = `${path}.${process.pid}.tmp`;
      try {
        await writeFile(whole, text, { flush: true });
        await rename(whole, path);
      } catch (error) {
        await rm(whole, { force: true });
        throw error;
      }
    },
    keepAside: async () => {
      const aside = asideName(path);
      await copyFile(path, aside);
      return aside;
    },
  };
}

/** In the lake's own store, so that whoever can read the lake finds it. */
export function objectState(store: ObjectStore): StatePlace {
  return {
    name: `${store.location}/${STATE_KEY}`,
    flag: '--use-s3-state',
    read: async () => {
      const object = await store.get(STATE_KEY);
      return object === null ? null : Buffer.from(object.body).toString('utf8');
    },
    write: async (text) => {
      await store.put(STATE_KEY, Buffer.from(text, 'utf8'));
    },
    keepAside: async () => {
      const aside = asideName(STATE_KEY);
      await store.copy(STATE_KEY, aside);
      return `${store.location}/${aside}`;
    },
  };
}

/** `processing_state.json` → `processing_state.json.20260301T120000123Z.old` */
function asideName(name: string): string {
  return `${name}.${new Date().toISOString().replace(/[-:.]/g, '')}.old`;
}
