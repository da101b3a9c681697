import type { ServiceKey } from '../src/core/index.ts';
import type { ProcessFacts } from '../src/identity/index.ts';
import type { AttestedProcess } from '../src/node/process-attestation.ts';
import { SIDECAR, sessionHost } from '../src/node/testing/attached-sidecar.ts';
import { pipe, type TestChannel } from '../src/node/testing/index.ts';
import { WorkloadSession } from '../src/node/workload-session.ts';
import { bunDatagrams, bunSockets } from '../src/platform/index.ts';
import { linkEngine, type PolicyEngine } from '../src/policy/index.ts';
import { recordingLog, recordingMeter, seededRandom } from '../src/ports/testing/index.ts';
import { createDataPlane, type DataPlane } from '../src/proxy/index.ts';
import {
  buildSnapshot,
  DELTA_VERSION,
  encodeMessage,
  MessageStream,
  type ServiceViews,
  type Snapshot,
  SnapshotReader,
} from '../src/snapshot/index.ts';
import { LimitedLog } from '../src/telemetry/index.ts';
import { type FullRegistry, fullTrust, nodeName } from './full-registry.ts';

const HOST = '127.0.0.1';
const PROGRAM = { version: 1, context: [], headers: [], actions: [], policies: [] } as const;

export interface ToldSidecarParts {
  readonly full: FullRegistry;
  readonly views: ServiceViews;
  readonly calls: readonly ServiceKey[];
  /** Else it is one of before there were any. */
  readonly followsDeltas: boolean;
}

/** One sidecar of a node: the session that tells it, the bytes between them, and the data plane that goes by them. */
export class ToldSidecar {
  readonly session: WorkloadSession;
  readonly bytes = { all: 0, first: 0 };
  readonly micros = { all: 0, first: 0 };
  messages = 0;
  faults = 0;
  snapshot: Snapshot | undefined;
  /** The one before. */
  previous: Snapshot | undefined;
  readonly #far: TestChannel;
  readonly #stream = MessageStream.ofNode();
  readonly #reader = new SnapshotReader(() => {
    this.faults += 1;
  });
  readonly #plane: DataPlane;
  readonly #engine: PolicyEngine;

  private constructor(parts: ToldSidecarParts, engine: PolicyEngine) {
    const { clock } = parts.full;
    const log = recordingLog();
    this.#engine = engine;
    this.#plane = createDataPlane({
      sockets: bunSockets,
      datagrams: bunDatagrams,
      clock,
      log,
      random: seededRandom(1),
      meter: recordingMeter(),
    });
    for (const service of parts.calls) this.#plane.openOutbound({ host: HOST, port: 0, service });
    const sessions: WorkloadSession[] = [];
    this.#far = pipe((near) => {
      const session = new WorkloadSession(near, PROCESS, hostOf(parts));
      sessions.push(session);
      return session.handlers(() => undefined);
    });
    const [session] = sessions;
    if (session === undefined) throw new Error('a pipe is accepted at once');
    this.session = session;
    this.#far.send(encodeMessage(helloOf(parts)));
    this.take();
    this.bytes.first = this.bytes.all;
    this.micros.first = this.micros.all;
  }

  static async attach(parts: ToldSidecarParts): Promise<ToldSidecar> {
    const { trustDomain } = fullTrust;
    const engine = await linkEngine(PROGRAM, { trustDomain, clock: parts.full.clock });
    if (!engine.ok) throw new Error(engine.error);
    return new ToldSidecar(parts, engine.value);
  }

  /** Reads what came, and goes by it. */
  take(): void {
    for (const bytes of this.#far.taken()) {
      this.bytes.all += bytes.length;
      const start = Bun.nanoseconds();
      const read = this.#stream.push(bytes);
      if (!read.ok) throw new Error(read.error);
      for (const message of read.value) {
        if (message.type !== 'snapshot' && message.type !== 'delta') continue;
        this.messages += 1;
        const snapshot = this.#reader.take(message);
        if (snapshot === undefined) continue;
        this.previous = this.snapshot;
        this.snapshot = snapshot;
        this.#plane.apply({ snapshot, engine: this.#engine });
      }
      this.micros.all += (Bun.nanoseconds() - start) / 1_000;
    }
  }

  stop(): void {
    this.#far.hangUp();
    this.#plane.stop();
  }
}

const FACTS: ProcessFacts = SIDECAR;
const PROCESS: AttestedProcess = { facts: FACTS, attestedAtMs: 0, measured: async () => FACTS };

function hostOf({ full, views }: ToldSidecarParts) {
  const { clock, registry } = full;
  return {
    ...sessionHost(),
    clock,
    trust: () => fullTrust,
    policies: () => ({ digest: 'p', program: PROGRAM }),
    limitedLog: new LimitedLog(recordingLog(), clock),
    claimInstance: () => true,
    snapshotFor: (needs: Parameters<ReturnType<typeof sessionHost>['snapshotFor']>[0]) =>
      buildSnapshot({
        trust: fullTrust,
        node: nodeName(0),
        policyDigest: 'p',
        views,
        for: needs,
        offered: (service) => registry.offered(service),
      }),
  };
}

const helloOf = ({ calls, followsDeltas }: ToldSidecarParts) =>
  ({
    type: 'hello',
    protocolVersion: 1,
    instance: 'instance-1',
    namespace: 'shop' as never, // a label
    serviceAccount: 'any',
    upstreams: calls,
    ...(followsDeltas ? { deltaVersion: DELTA_VERSION } : {}),
  }) as const;
