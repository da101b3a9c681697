import type { Clock, Datagrams, DialHandlers, Log, Random, Sockets } from '../ports/index.ts';
import type { LimitedLog } from '../telemetry/index.ts';
import type { Census } from './census.ts';
import type { Connections } from './connections.ts';
import type { Deadlines } from './deadlines.ts';
import type { DecisionSampler } from './decision-sampler.ts';
import type { OpenExchanges } from './http/index.ts';
import type { Mesh } from './mesh-view.ts';
import type { ProxyMetrics } from './metrics.ts';
import type { Party } from './party.ts';
import type { Handshakes, OpenTunnels } from './tunnel/index.ts';
import type { Turn } from './turn.ts';
import type { FlowRoom } from './udp/index.ts';
import type { UserTokens } from './users.ts';

/** What every connection of one data plane shares. */
export interface Runtime {
  /** Towards other sidecars and the rest of the world. */
  readonly sockets: Sockets;
  /** Towards the application, which may be in a network namespace of its own. */
  readonly applicationSockets: Sockets;
  /** Towards the application, as `applicationSockets`. */
  readonly datagrams: Datagrams;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** For what a stranger can cause. */
  readonly limitedLog: LimitedLog;
  readonly users: UserTokens;
  /** Left out where nobody wants to know of decisions. */
  readonly sampler?: DecisionSampler;
  readonly metrics: ProxyMetrics;
  readonly mesh: Mesh;
  readonly census: Census;
  readonly connections: Connections;
  readonly deadlines: Deadlines;
  readonly exchanges: OpenExchanges;
  readonly handshakes: Handshakes;
  readonly tunnels: OpenTunnels;
  readonly flows: FlowRoom;
  readonly turn: Turn;
  readonly maxClients: number;
  readonly maxHeldBytes: number;
  readonly dialHandlers: DialHandlers<Party>;
}
