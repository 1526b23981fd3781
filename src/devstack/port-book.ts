import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, type Lock } from './lock-file.js';
import { freePort } from './ports.js';
import { readPorts, writePorts, type Ports } from './state.js';

/** Tried first when a data directory is new: the ports that each engine's own documentation names. */
const USUAL_PORTS = { temporal: 7233, temporalUi: 8233, mongodb: 27017, sample: 8090 } as const;
type PortName = keyof typeof USUAL_PORTS;
const COLLISION_ATTEMPTS = 3;

/** Chooses ports: those of the last run, then the usual ones, then any; again when another program was faster. */
export class PortBook {
  private readonly ports: Ports;

  constructor(private readonly dataDir: string) {
    this.ports = readPorts(dataDir);
  }

  async use<const Names extends readonly PortName[], T>(
    names: Names,
    start: (ports: { [K in keyof Names]: number }) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const chosen: number[] = [];
      const claims: Lock[] = [];
      try {
        for (const name of names) {
          const preferred = attempt === 1 ? (this.ports[name] ?? USUAL_PORTS[name]) : undefined;
          chosen.push(await choosePort(preferred, claims));
        }
        const result = await start(chosen as unknown as { [K in keyof Names]: number });
        names.forEach((name, index) => (this.ports[name] = chosen[index] ?? 0));
        return result;
      } catch (error) {
        if (attempt >= COLLISION_ATTEMPTS || !isPortCollision(error)) throw error;
      } finally {
        await Promise.all(claims.map((claim) => claim.release()));
      }
    }
  }

  save(): Promise<void> {
    return writePorts(this.dataDir, this.ports);
  }
}

/**
 * Stacks that start at the same time prefer the same ports, and a server takes seconds to listen on one that looked free:
 * until then a claim keeps the others away from it.
 */
async function choosePort(preferred: number | undefined, claims: Lock[]): Promise<number> {
  if (preferred === undefined) return freePort();
  const claim = await tryLock(join(tmpdir(), `conversation-analytics-port-${preferred}.lock`));
  if (!('release' in claim)) return freePort();
  claims.push(claim);
  return freePort(preferred);
}

function isPortCollision(error: unknown): boolean {
  return (
    error instanceof Error &&
    /EADDRINUSE|address already in use|can't bind|SocketException/i.test(error.message)
  );
}
