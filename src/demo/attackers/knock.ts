import { connect } from 'node:net';
import { realClock } from '../../platform/index.ts';
import type { Place } from '../wire/index.ts';

const LIMIT_MS = 8_000;
const MAX_HEARD_BYTES = 65_536;

export interface Knock {
  /** Everything that the other side said, as text of one character per byte. */
  readonly heard: string;
  readonly end: 'closed' | 'still open';
}

/** Opens a TCP connection, sends `bytes`, and listens until the other side has had enough. */
export function knock(at: Place, bytes: Uint8Array, limitMs = LIMIT_MS): Promise<Knock> {
  return new Promise((resolve) => {
    const heard: Uint8Array[] = [];
    let count = 0;
    let end: Knock['end'] = 'closed';
    const socket = connect({ ...at });
    const limit = realClock.after(limitMs, () => {
      end = 'still open';
      socket.destroy();
    });
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk: Uint8Array) => {
      count += chunk.length;
      if (count <= MAX_HEARD_BYTES) heard.push(chunk);
    });
    socket.on('error', () => socket.destroy()); // a reset is a way to close, and 'close' follows
    socket.on('close', () => {
      limit.cancel();
      resolve({ heard: Buffer.concat(heard).toString('latin1'), end });
    });
  });
}
