import { createServer, type Socket } from 'node:net';
import { listenOn } from '../listening.ts';
import { SERVICE_HOST, type StartService } from './service.ts';

/** What one client may write before it has to stop. */
const MAX_ENTRY_BYTES = 8 * 1_048_576;

/**
 * A TCP echo that answers only after its client has shut its write side: an end that the mesh
 * loses leaves the client without an answer for ever.
 */
export const startLedger: StartService = ({ port }) =>
  listenOn(createServer({ allowHalfOpen: true }, echoAtEnd), SERVICE_HOST, port);

function echoAtEnd(socket: Socket): void {
  const entry: Uint8Array[] = [];
  let bytes = 0;
  socket.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > MAX_ENTRY_BYTES) socket.destroy();
    else entry.push(chunk);
  });
  socket.on('end', () => socket.end(Buffer.concat(entry)));
  socket.on('error', () => socket.destroy());
}
