export type { Channel, ChannelHandlers, ChannelListener, Channels } from './channel.ts';
export type {
  ConnectedDatagrams,
  DatagramHandlers,
  DatagramSocket,
  Datagrams,
  PeerDatagramHandlers,
  SocketAddress,
} from './datagrams.ts';
export type {
  Admission,
  AdmissionVerdict,
  Gossip,
  Peer,
  PeerAddress,
  PeerId,
  TopicVerdict,
} from './gossip.ts';
export type { Ledger, LedgerEntry } from './ledger.ts';
export type { Log, LogFields } from './log.ts';
export type { MemberVisits } from './member-visits.ts';
export type { Counter, Gauge, Histogram, Labels, Meter, MetricSpec } from './meter.ts';
export type { RpcCall, RpcCode, RpcHandlers, RpcMethods, RpcStatus } from './rpc.ts';
export type {
  ConnectOptions,
  DialHandlers,
  KeyExchange,
  ListenOptions,
  Socket,
  SocketError,
  SocketHandlers,
  SocketListener,
  Sockets,
  TlsContext,
  TlsIdentity,
} from './sockets.ts';
export type { Durability, ScratchDirs, Space, Store } from './store.ts';
export type { Clock, EpochMs, Random, Timer } from './time.ts';
