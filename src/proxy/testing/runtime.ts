import { bunDatagrams, bunSockets, realClock, realRandom } from '../../platform/index.ts';
import type { Clock } from '../../ports/index.ts';
import { recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { LimitedLog } from '../../telemetry/index.ts';
import { Census } from '../census.ts';
import { Connections } from '../connections.ts';
import { Deadlines } from '../deadlines.ts';
import { dialHandlers } from '../dial.ts';
import { OpenExchanges } from '../http/open-exchanges.ts';
import { HELD_BYTES } from '../limits.ts';
import { Mesh } from '../mesh-view.ts';
import { ProxyMetrics } from '../metrics.ts';
import type { Runtime } from '../runtime.ts';
import { Handshakes, OpenTunnels } from '../tunnel/index.ts';
import { Turn } from '../turn.ts';
import { FlowRoom } from '../udp/index.ts';
import { NO_USERS } from '../users.ts';

/** What the connections of a data plane share, without the data plane. */
export function startRuntime(clock: Clock = realClock, maxHeldBytes = HELD_BYTES): Runtime {
  const connections = new Connections();
  const log = recordingLog();
  const census = new Census();
  const deadlines = new Deadlines(clock, log);
  const metrics = new ProxyMetrics(recordingMeter());
  const mesh = new Mesh(bunSockets, NO_USERS);
  return {
    sockets: bunSockets,
    applicationSockets: bunSockets,
    datagrams: bunDatagrams,
    clock,
    random: realRandom,
    log,
    limitedLog: new LimitedLog(log, clock),
    users: NO_USERS,
    metrics,
    mesh,
    census,
    connections,
    deadlines,
    turn: new Turn(bunSockets, log),
    exchanges: new OpenExchanges(census, () => deadlines.now(), log),
    handshakes: new Handshakes(1_000),
    tunnels: new OpenTunnels({ mesh, clock, metrics, log }),
    flows: new FlowRoom(census),
    maxClients: 1_000,
    maxHeldBytes,
    dialHandlers: dialHandlers(connections, log),
  };
}
