import type { Server, Socket } from 'node:net';

/** A server that listens now, and the connections that it holds. */
export interface Listening {
  readonly port: number;
  /** Connections accepted so far. */
  accepted(): number;
  /** Breaks all connections that are open now. */
  breakAll(): void;
  /** Stops listening and breaks all connections. */
  close(): Promise<void>;
}

/** Listens on `host`:`port` (0: any free one). Rejects when it cannot. */
export async function listenOn(server: Server, host: string, port: number): Promise<Listening> {
  const open = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const breakAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    accepted: () => accepted,
    breakAll,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
}
