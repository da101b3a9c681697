import { connect, createServer, type Socket } from 'node:net';
import { listenOn } from '../listening.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What one connection carried since the tap records, each direction up to its bound. */
export interface Capture {
  readonly fromClient: Uint8Array;
  readonly fromServer: Uint8Array;
  /** All of it was kept, from its first byte. */
  readonly whole: boolean;
}

export interface Tap {
  readonly port: number;
  /** Ends what runs through it now, and leads new connections to `place`. */
  redirect(place: Place): void;
  /** Ends what runs through it now, and keeps what new connections carry. */
  record(): void;
  /** Stops recording and gives back what was kept. */
  captures(): Capture[];
  close(): Promise<void>;
}

const MAX_CAPTURED_BYTES = 1_048_576; // per connection and direction
const MAX_CAPTURED_CONNECTIONS = 64;

/** A man in the middle: stands on `listen`, passes every byte on to a place behind it, and can keep a copy. */
export async function openTap(listen: Place, behind: Place): Promise<Tap> {
  let target = behind;
  let recording: Conversation[] | undefined;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...target, allowHalfOpen: true });
    const conversation = new Conversation();
    if (recording !== undefined && recording.length < MAX_CAPTURED_CONNECTIONS) {
      recording.push(conversation);
      client.on('data', (chunk: Uint8Array) => conversation.fromClient.keep(chunk));
      upstream.on('data', (chunk: Uint8Array) => conversation.fromServer.keep(chunk));
    }
    join(client, upstream);
  });
  const listening = await listenOn(server, listen.host, listen.port);
  return {
    port: listening.port,
    redirect: (place) => {
      target = place;
      listening.breakAll();
    },
    record: () => {
      recording = [];
      listening.breakAll();
    },
    captures: () => {
      const kept = recording ?? [];
      recording = undefined;
      return kept.map((conversation) => conversation.capture());
    },
    close: listening.close,
  };
}

/** Both ways, half-close included; when one side breaks, so does the other. */
function join(client: Socket, upstream: Socket): void {
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.setNoDelay(true);
    socket.pipe(other);
    socket.on('error', () => other.destroy());
    socket.on('close', () => other.destroySoon());
  }
}

class Conversation {
  readonly fromClient = new Copy();
  readonly fromServer = new Copy();

  capture(): Capture {
    return {
      fromClient: this.fromClient.bytes(),
      fromServer: this.fromServer.bytes(),
      whole: this.fromClient.whole && this.fromServer.whole,
    };
  }
}

class Copy {
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  whole = true;

  keep(chunk: Uint8Array): void {
    const room = MAX_CAPTURED_BYTES - this.#kept;
    if (chunk.length > room) this.whole = false;
    const part = chunk.slice(0, room);
    this.#chunks.push(part);
    this.#kept += part.length;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}
