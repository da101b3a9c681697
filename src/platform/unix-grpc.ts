import { createServer, type Server, type Socket } from 'node:net';
import { Shares } from '../core/index.ts';
import type { RpcMethods } from '../ports/index.ts';
import { peerCredentials } from './attestation.ts';
import { PlatformError } from './errors.ts';
import type { GrpcSessions } from './grpc-sessions.ts';
import { atUnixPath } from './unix-path.ts';

/** Connections of all users of a host: a program holds one, and each costs some 80 kB. One user may hold half of what the others leave. */
const MAX_CONNECTIONS = 4_096;

/** Closed: these are metric labels. */
export type GrpcRefusal = 'peer-unknown' | 'too-many-connections';

export interface UnixGrpcOptions<Facts> {
  readonly path: string;
  readonly mode: number;
  /** What the kernel says of the process behind a descriptor; undefined when it is gone. */
  readonly attest: (fd: number) => Facts | undefined;
  /** Asked for at the first connection, and not before. */
  readonly methods: () => Promise<RpcMethods<Facts>>;
  /** A connection was closed at once; of which user, unless the kernel did not say. */
  readonly refused: (why: GrpcRefusal, user: number | undefined) => void;
  /** Nobody can be served. */
  readonly failed: (error: unknown) => void;
}

export interface UnixGrpcServer {
  /** Ends all calls at once. */
  stop(): void;
}

/**
 * Serves gRPC on a unix socket, to processes that the kernel names. All that it needs is loaded at the
 * first connection, so that a program whom nobody asks stays as small as it was.
 *
 * @throws PlatformError SOCKET_IN_USE, SOCKET_PATH_TOO_LONG, FILE_UNWRITABLE
 */
export async function serveUnixGrpc<Facts>(
  options: UnixGrpcOptions<Facts>,
): Promise<UnixGrpcServer> {
  const door = new Door(options);
  const server = createServer({ pauseOnConnect: true }, (socket) => door.meet(socket));
  await atUnixPath(options.path, options.mode, () => listen(server, options.path));
  return {
    stop() {
      server.close();
      door.stop();
    },
  };
}

/** The socket is bound when this returns: its mode comes from the umask of this very moment. */
function listen(server: Server, path: string): void {
  server.on('error', (error) => {
    throw error; // after it was bound: the descriptors of the process are used up, say
  });
  server.listen(path);
}

/** Who may come in. */
class Door<Facts> {
  readonly #options: UnixGrpcOptions<Facts>;
  readonly #sockets = new Set<Socket>();
  readonly #shares = new Shares<number>(MAX_CONNECTIONS);
  #sessions: Promise<GrpcSessions<Facts>> | undefined;
  #isStopped = false;

  constructor(options: UnixGrpcOptions<Facts>) {
    this.#options = options;
  }

  meet(socket: Socket): void {
    const { attest, refused, failed } = this.#options;
    const fd = fdOf(socket);
    const user = userBehind(fd);
    socket.on('error', () => socket.destroy()); // it went away; 'close' follows
    if (user === undefined || this.#isStopped || !this.#shares.take(user)) {
      socket.destroy();
      const isUnknown = user === undefined || this.#isStopped;
      refused(isUnknown ? 'peer-unknown' : 'too-many-connections', user);
      return;
    }
    this.#sockets.add(socket);
    let isOpen = true;
    socket.on('close', () => {
      isOpen = false; // from now on the descriptor may be another's
      this.#sockets.delete(socket);
      this.#shares.giveBack(user);
    });
    this.#load().then(
      (sessions) => {
        if (isOpen)
          sessions.open(socket, { user, attest: () => (isOpen ? attest(fd) : undefined) });
      },
      (error: unknown) => {
        socket.destroy();
        failed(error);
      },
    );
  }

  stop(): void {
    this.#isStopped = true;
    for (const socket of this.#sockets) socket.destroy();
    void this.#sessions?.then((sessions) => sessions.stop());
  }

  #load(): Promise<GrpcSessions<Facts>> {
    this.#sessions ??= this.#begin();
    return this.#sessions;
  }

  async #begin(): Promise<GrpcSessions<Facts>> {
    const [{ GrpcSessions }, methods] = await Promise.all([
      import('./grpc-sessions.ts'),
      this.#options.methods(),
    ]);
    return new GrpcSessions(methods);
  }
}

function userBehind(fd: number): number | undefined {
  try {
    return peerCredentials(fd).uid;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'PEER_UNKNOWN') return undefined;
    throw error;
  }
}

/** The runtime keeps the descriptor in a field that no type shows. */
function fdOf(socket: object): number {
  const { _handle: handle } = socket as { _handle?: { fd?: unknown } };
  return typeof handle?.fd === 'number' ? handle.fd : -1;
}
