import type { Socket } from 'node:net';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { RpcCall, RpcCode, RpcHandlers, RpcMethods } from '../ports/index.ts';

/** Calls at one time on one connection: a proxy opens one for each secret that it follows. */
const MAX_CALLS_PER_CONNECTION = 128;
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

/** gRPC over sockets that somebody else has accepted. */
export class GrpcSessions<Facts> {
  readonly #server: Server;
  readonly #injector: ReturnType<Server['createConnectionInjector']>;
  /** How to attest the process behind each connection, by the name that the connection is given. */
  readonly #attestors = new Map<string, () => Facts | undefined>();
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
      const handler = (call: Duplex) => join(call, open, this.#attestors.get(call.getPeer()));
      this.#server.register(path, handler, asItIs, asItIs, 'bidi');
    }
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  open(socket: Socket, attest: () => Facts | undefined): void {
    this.#opened += 1;
    const name = `connection ${this.#opened}`;
    // The only thing of a connection that its calls can see.
    Object.defineProperty(socket, 'remoteAddress', { value: name });
    this.#attestors.set(name, attest);
    socket.on('close', () => this.#attestors.delete(name));
    this.#injector.injectConnection(socket);
    socket.resume();
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

function join<Facts>(
  call: Duplex,
  open: RpcMethods<Facts>[string],
  attest: (() => Facts | undefined) | undefined,
): void {
  let isEnded = false;
  let handlers: RpcHandlers | undefined; // none yet where `open` itself ends the call
  const rpc: RpcCall<Facts> = {
    attest: () => attest?.(),
    header: (name) => call.metadata.get(name)[0]?.toString(),
    send: (message) => isEnded || call.write(Buffer.from(message)),
    end({ code, message }) {
      if (isEnded) return;
      isEnded = true;
      if (code === 'ok') call.end();
      else call.emit('error', { code: CODES[code], details: message });
      handlers?.closed();
    },
  };
  handlers = open(rpc);
  const gone = () => {
    if (isEnded) return;
    isEnded = true;
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
