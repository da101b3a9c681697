import { createServer } from 'node:net';
import { type Listening, listenOn } from '../listening.ts';

/** A port that lets everyone in, says nothing, and counts who comes by. */
export const openTrap = (host: string): Promise<Listening> =>
  listenOn(
    createServer((socket) => socket.on('error', () => socket.destroy())),
    host,
    0,
  );
