import { yamux } from '@chainsafe/libp2p-yamux';
import type { MessageStream } from '@libp2p/interface';
import { PING_PERIOD_MS, PING_TIMEOUT_MS } from './limits.ts';

type YamuxFactory = ReturnType<ReturnType<typeof yamux>>;
type Muxer = ReturnType<YamuxFactory['createStreamMuxer']>;

/** What the library's types hide of its streams, as version 8 has them. */
interface Windowed {
  /** 0 and 2: the next frame must say that the stream opens, or that it is accepted. */
  readonly state: number;
  readonly recvWindow: number;
  /** What of that the peer may still send. */
  readonly recvWindowCapacity: number;
  sendWindowUpdate(): void;
}

/**
 * yamux that says little. It gives a window back when half of it is used, as other implementations do; the library does so
 * at each piece that comes, and answers every small message with a packet. And whether a connection still answers it
 * asks by one packet each way, where libp2p's own monitor opens a stream for that.
 */
export function sparingYamux(periodMs = PING_PERIOD_MS, timeoutMs = PING_TIMEOUT_MS): YamuxFactory {
  const factory = yamux({ enableKeepAlive: false })(); // that one has no end to its patience
  const create = factory.createStreamMuxer.bind(factory);
  factory.createStreamMuxer = (connection) => {
    const muxer = create(connection);
    const open = muxer.onCreateStream.bind(muxer);
    const accept = muxer.onRemoteStream.bind(muxer);
    muxer.onCreateStream = () => sparing(open());
    muxer.onRemoteStream = (stream) => accept(sparing(stream));
    keepAsking(muxer, connection, periodMs, timeoutMs);
    return muxer;
  };
  return factory;
}

/** Closes the connection when it does not answer. The round trips say how far the windows of its streams may grow. */
function keepAsking(
  muxer: Pick<Muxer, 'ping'>,
  connection: MessageStream,
  periodMs: number,
  timeoutMs: number,
): void {
  const ask = () => {
    muxer.ping({ signal: AbortSignal.timeout(timeoutMs) }).catch((error: Error) => {
      connection.abort(error);
    });
  };
  queueMicrotask(ask); // when the muxer is whole
  const asking = setInterval(ask, periodMs);
  connection.addEventListener('close', () => clearInterval(asking), { once: true });
}

function sparing<Stream extends object>(stream: Stream): Stream {
  const windowed = stream as unknown as Windowed; // see there
  const update = windowed.sendWindowUpdate.bind(stream);
  windowed.sendWindowUpdate = () => {
    const { state, recvWindow, recvWindowCapacity } = windowed;
    const isOpen = state !== 0 && state !== 2;
    if (!isOpen || recvWindowCapacity <= recvWindow / 2) update();
  };
  return stream;
}
