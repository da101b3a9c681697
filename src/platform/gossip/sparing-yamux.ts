import { yamux } from '@chainsafe/libp2p-yamux';
import { ROUND_TRIP_PERIOD_MS } from './limits.ts';

type YamuxFactory = ReturnType<ReturnType<typeof yamux>>;

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
 * yamux that gives a window back when half of it is used, as other implementations do. The library does so at each
 * piece that comes, and answers every small message with a packet.
 */
export function sparingYamux(): YamuxFactory {
  const factory = yamux({ keepAliveInterval: ROUND_TRIP_PERIOD_MS })();
  const create = factory.createStreamMuxer.bind(factory);
  factory.createStreamMuxer = (connection) => {
    const muxer = create(connection);
    const open = muxer.onCreateStream.bind(muxer);
    const accept = muxer.onRemoteStream.bind(muxer);
    muxer.onCreateStream = () => sparing(open());
    muxer.onRemoteStream = (stream) => accept(sparing(stream));
    return muxer;
  };
  return factory;
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
