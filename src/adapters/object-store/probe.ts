import { randomUUID } from 'node:crypto';
import { PreconditionFailed, type ObjectStore } from '../../ports/object-store.js';

export type ProbeStep = 'write' | 'read' | 'conditional put' | 'list' | 'delete';

/** What a store must do for the lake, tried on an object of its own below `_doctor/`, which is removed again. */
export async function probeObjectStore(
  store: ObjectStore,
  onStep: (step: ProbeStep) => void,
  signal: AbortSignal,
): Promise<{ missing: string[] }> {
  const key = `_doctor/${randomUUID()}/probe`;
  const missing: string[] = [];
  onStep('write');
  const body = (text: string) => Buffer.from(text);
  const { etag: first } = await store.put(key, body('1'), { ifAbsent: true, signal });
  try {
    onStep('read');
    const read = await store.get(key, signal);
    if (read === null || Buffer.from(read.body).toString() !== '1')
      missing.push('what was written cannot be read back');
    onStep('conditional put');
    if (!(await refuses(() => store.put(key, body('2'), { ifAbsent: true, signal })))) {
      missing.push('If-None-Match is ignored');
    }
    const current = (await store.get(key, signal))?.etag ?? first;
    await store.put(key, body('3'), { ifMatch: current, signal });
    if (!(await refuses(() => store.put(key, body('4'), { ifMatch: current, signal })))) {
      missing.push('If-Match is ignored');
    }
    onStep('list');
    let listed = 0;
    for await (const object of store.list(key, signal)) if (object.key === key) listed++;
    if (listed !== 1) missing.push('a new object is not listed');
  } finally {
    onStep('delete');
    await store.delete([key], signal);
  }
  return { missing };
}

async function refuses(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    if (error instanceof PreconditionFailed) return true;
    throw error;
  }
}
