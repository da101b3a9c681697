import type { Socket } from 'node:net';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { RpcCall, RpcCode, RpcHandlers, RpcMethods } from '../ports/index.ts';

/** Calls at one time on one connection: a proxy opens one for each secret that it follows. */
const MAX_CALLS_PER_CONNECTION = 128;
/** Of one user on all connections: each call costs some ten kB, whether it says anything or not. */
const MAX_CALLS_PER_USER = 4_096;
/** Of one message from a caller: a proxy says with its first one all extensions that it has. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** A connection without calls is closed after this time, milliseconds. */
const IDLE_LIMIT_MS = 300_000;

const CODES: Readonly<Record<RpcCode, status>> = {
  ok: status.OK,
  'invalid-argument': status.INVALID_ARGUMENT,
  'permission-denied': status.PERMISSION_DENIED,
  'resource-exhausted': status.RESOURCE_EXHAUSTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
};

type Duplex = ServerDuplexStream<Buffer, Buffer>;

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Who opened a connection. */
export interface GrpcCaller<Facts> {
  readonly user: number;
  readonly attest: () => Facts | undefined;
}

/** gRPC over sockets that somebody else has accepted. */
export class GrpcSessions<Facts> {
  readonly #server: Server;
  readonly #injector: ReturnType<Server['createConnectionInjector']>;
  /** Who is behind each connection, by the name that the connection is given. */
  readonly #callers = new Map<string, GrpcCaller<Facts>>();
  readonly #callsOfUser = new Map<number, number>();
  #opened = 0;

  constructor(methods: RpcMethods<Facts>) {
    this.#server = new Server({
      'grpc.enable_channelz': 0,
      'grpc.max_concurrent_streams': MAX_CALLS_PER_CONNECTION,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_connection_idle_ms': IDLE_LIMIT_MS,
    });
    for (const [path, open] of Object.entries(methods)) {
      // Every kind of call is messages one way and messages the other: on the wire they are the same.
      const handler = (call: Duplex) => this.#begin(call, open);
      this.#server.register(path, handler, asItIs, asItIs, 'bidi');
    }
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  open(socket: Socket, caller: GrpcCaller<Facts>): void {
    this.#opened += 1;
    const name = `connection ${this.#opened}`;
    // The only thing of a connection that its calls can see.
    Object.defineProperty(socket, 'remoteAddress', { value: name });
    this.#callers.set(name, caller);
    socket.on('close', () => this.#callers.delete(name));
    this.#injector.injectConnection(socket);
    socket.resume();
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #begin(call: Duplex, open: RpcMethods<Facts>[string]): void {
    const caller = this.#callers.get(call.getPeer());
    const user = caller?.user ?? -1;
    const calls = this.#callsOfUser.get(user) ?? 0;
    if (calls >= MAX_CALLS_PER_USER) {
      const details = `one user has at most ${MAX_CALLS_PER_USER} calls at a time`;
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details });
      return;
    }
    this.#callsOfUser.set(user, calls + 1);
    join(call, open, { attest: () => caller?.attest(), over: () => this.#over(user) });
  }

  #over(user: number): void {
    const left = (this.#callsOfUser.get(user) ?? 1) - 1;
    if (left > 0) this.#callsOfUser.set(user, left);
    else this.#callsOfUser.delete(user);
  }
}

function join<Facts>(
  call: Duplex,
  open: RpcMethods<Facts>[string],
  { attest, over }: Pick<RpcCall<Facts>, 'attest'> & { readonly over: () => void },
): void {
  let isEnded = false;
  let handlers: RpcHandlers | undefined; // none yet where `open` itself ends the call
  const rpc: RpcCall<Facts> = {
    attest,
    header: (name) => call.metadata.get(name)[0]?.toString(),
    send: (message) => isEnded || call.write(Buffer.from(message)),
    end({ code, message }) {
      if (isEnded) return;
      isEnded = true;
      over();
      if (code === 'ok') call.end();
      else call.emit('error', { code: CODES[code], details: message });
      handlers?.closed();
    },
  };
  handlers = open(rpc);
  const gone = () => {
    if (isEnded) return;
    isEnded = true;
    over();
    handlers?.closed();
  };
  call.on('data', (bytes: Buffer) => {
    if (!isEnded) handlers?.message(bytes);
  });
  call.on('drain', () => {
    if (!isEnded) handlers?.drained();
  });
  call.on('cancelled', gone);
  call.on('close', gone);
}
