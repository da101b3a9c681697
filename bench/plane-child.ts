// Carries the bytes of workloads as a sidecar does, without a node: the first line of its input is a decision
// program, each line after it a data plane. Answers each of those with the port that it opened; ends with its input.
import { bunDatagrams, bunSockets, realClock, realRandom } from '../src/platform/index.ts';
import {
  type DecisionProgram,
  linkEngine,
  type PolicyEngine,
  type SampledDecision,
} from '../src/policy/index.ts';
import type { Sockets } from '../src/ports/index.ts';
import { createDataPlane } from '../src/proxy/index.ts';
import { encodeMessage } from '../src/snapshot/index.ts';
import { createLog, createMetrics } from '../src/telemetry/index.ts';
import type { PlaneOrder } from './our-pair.ts';
import { trustDomain } from './policy-set.ts';

const host = '127.0.0.1';
/** As a sidecar's workers share theirs. */
const sockets: Sockets = {
  ...bunSockets,
  listen: (options, handlers) => bunSockets.listen({ ...options, reusePort: true }, handlers),
};

async function link(program: DecisionProgram): Promise<PolicyEngine> {
  const linked = await linkEngine(program, { trustDomain, clock: realClock });
  if (!linked.ok) throw new Error(linked.error);
  return linked.value;
}

function open(engine: PolicyEngine, order: PlaneOrder): number {
  const { port, identity, snapshot, service, targetPort } = order;
  const { meter } = createMetrics();
  const log = createLog({ level: 'info', name: 'sidecar', destination: process.stderr });
  const ports = { sockets, datagrams: bunDatagrams, clock: realClock, random: realRandom };
  // As a sidecar tells its node.
  const decided = (decisions: readonly SampledDecision[]) =>
    void encodeMessage({ type: 'decisions', decisions });
  const plane = createDataPlane({ ...ports, log, meter, decided });
  plane.useIdentity(identity);
  plane.apply({ snapshot, engine });
  if (targetPort === undefined) return plane.openOutbound({ host, port, service }).port;
  const target = { host, port: targetPort };
  return plane.openInbound({ host, port, service, target }).port;
}

process.on('SIGTERM', () => process.exit());
let engine: PolicyEngine | undefined;
for await (const line of console) {
  // Only our-pair.ts writes here, in this order.
  if (engine === undefined) engine = await link(JSON.parse(line) as DecisionProgram);
  else console.log(open(engine, JSON.parse(line) as PlaneOrder));
}
process.exit();
