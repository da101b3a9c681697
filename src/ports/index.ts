export type { Channel, ChannelHandlers } from './channel.ts';
export type {
  Admission,
  AdmissionVerdict,
  Gossip,
  Peer,
  PeerAddress,
  PeerId,
  TopicVerdict,
} from './gossip.ts';
export type { Log, LogFields } from './log.ts';
export type { Counter, Gauge, Histogram, Labels, Meter, MetricSpec } from './meter.ts';
export type {
  DialHandlers,
  Socket,
  SocketError,
  SocketHandlers,
  SocketListener,
  Sockets,
  TlsContext,
  TlsIdentity,
} from './sockets.ts';
  ListenOptions,
export type { ScratchDirs, Space, Store } from './store.ts';
export type { Clock, EpochMs, Random, Timer } from './time.ts';
