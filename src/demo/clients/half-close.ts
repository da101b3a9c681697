import { connect } from 'node:net';
import { realClock } from '../../platform/index.ts';
import { PayloadMeter, type PayloadTotal } from '../payload.ts';

/**
 * Writes all of `blocks` to a TCP service, shuts the write side, and only then reads: what comes
 * back, counted and hashed. Rejects on a reset, and when the other side has not ended in time.
 */
export function sendThenRead(
  to: { readonly port: number; readonly host?: string },
  blocks: Iterable<Uint8Array>,
  timeoutMs: number,
): Promise<PayloadTotal> {
  return new Promise((resolve, reject) => {
    const meter = new PayloadMeter();
    const host = to.host ?? '127.0.0.1';
    const socket = connect({ host, port: to.port, allowHalfOpen: true });
    const limit = realClock.after(timeoutMs, () => {
      socket.destroy(new Error(`the other side did not end within ${timeoutMs} ms`));
    });
    socket.on('connect', () => {
      for (const block of blocks) socket.write(block);
      socket.end();
    });
    socket.on('data', (chunk: Uint8Array) => meter.take(chunk));
    socket.on('end', () => {
      limit.cancel();
      resolve(meter.total());
    });
    socket.on('error', (error) => {
      limit.cancel();
      reject(error);
    });
  });
}
