import { createServer } from 'node:net';
import { realRandom } from '../platform/index.ts';
import { DemoError } from './errors.ts';
import { listenOn } from './listening.ts';

/** Below the range from which the system takes ports for outgoing connections, so that none is lost in between. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;
const MAX_TRIES = 200;

/** By another program, or reserved for other users. */
const TAKEN: ReadonlySet<unknown> = new Set(['EADDRINUSE', 'EACCES']);

/**
 * Hands out ports on which nothing listens now, each once. The one that a person would expect is
 * taken when it is wished for and free.
 */
export class FreePorts {
  #next = Math.floor(realRandom.fraction() * PORT_COUNT);
  readonly #wishes: boolean;

  constructor(options: { readonly wishes: boolean }) {
    this.#wishes = options.wishes;
  }

  /** @throws DemoError DEMO_NO_PORTS */
  async take(host: string, wish?: number): Promise<number> {
    if (this.#wishes && wish !== undefined && (await isFree(host, wish))) return wish;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const port = FIRST_PORT + (this.#next++ % PORT_COUNT);
      if (await isFree(host, port)) return port;
    }
    const message = `${MAX_TRIES} ports on ${host} were tried, and all are in use`;
    throw new DemoError('DEMO_NO_PORTS', message);
  }
}

/** Whether this user can listen there now. */
export async function isFree(host: string, port: number): Promise<boolean> {
  try {
    const listening = await listenOn(createServer(), host, port);
    await listening.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && TAKEN.has(error.code)) return false;
    throw error;
  }
}
