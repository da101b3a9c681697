import { readCipher } from './server-hello.ts';

/** Stands between the two sides of a pair, passes bytes on, and reads what they agreed upon. */
export class TunnelTap {
  cipher: string | undefined;
  readonly #listener: Bun.TCPSocketListener<Bun.Socket[]>;

  constructor(inboundPort: number) {
    const tap = this;
    const hostname = '127.0.0.1';
    // Each socket's data is the other one, once there is one; the handshake is far below what a socket takes at once.
    this.#listener = Bun.listen<Bun.Socket[]>({
      hostname,
      port: 0,
      socket: {
        async open(socket) {
          socket.data = [];
          socket.pause();
          const back = {
            data(_to: Bun.Socket, bytes: Buffer): void {
              tap.cipher ??= readCipher(bytes);
              socket.write(bytes);
            },
            close: () => void socket.end(),
          };
          socket.data.push(await Bun.connect({ hostname, port: inboundPort, socket: back }));
          socket.resume();
        },
        data: (socket, bytes) => void socket.data[0]?.write(bytes),
        close: (socket) => void socket.data[0]?.end(),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  stop(): void {
    this.#listener.stop(true);
  }
}
