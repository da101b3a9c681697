import { FrameReader, parseServiceKey, type ServiceKey } from '../../core/index.ts';
import type { ProcessFacts } from '../../identity/index.ts';
import type { SampledDecision } from '../../policy/index.ts';
import { FakeClock, recordingLog } from '../../ports/testing/index.ts';
import type { EndpointClaim, EndpointList } from '../../registry/index.ts';
import { N1, sampleTrust } from '../../registry/testing/sample-trust.ts';
import {
  buildSnapshot,
  DELTA_VERSION,
  encodeMessage,
  type NodeMessage,
  type PolicyProgram,
  PROTOCOL_VERSION,
  type SidecarMessage,
} from '../../snapshot/index.ts';
import { LimitedLog } from '../../telemetry/index.ts';
import type { Svid } from '../issuance.ts';
import type { AttestedProcess } from '../process-attestation.ts';
import type { WorkloadServerParts } from '../workload-server.ts';
import { WorkloadSession } from '../workload-session.ts';
import { pipe } from './test-channel.ts';

const NODE_UID = 1_000;
export const SIDECAR: ProcessFacts = {
  pid: 77,
  uid: NODE_UID,
  gid: 1_000,
  executable: '/usr/bin/bun',
  startedByRun: false,
};
export const WEB_SERVICE = serviceNamed('shop/web');
export const DB_SERVICE = serviceNamed('shop/db');

export function serviceNamed(text: string): ServiceKey {
  const parsed = parseServiceKey(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export const hello = (changes: object = {}): SidecarMessage => ({
  type: 'hello',
  protocolVersion: PROTOCOL_VERSION,
  instance: 'instance-1',
  namespace: 'shop' as never, // a label
  serviceAccount: 'web',
  serves: { service: WEB_SERVICE, labels: { version: 'v1' } },
  upstreams: [DB_SERVICE],
  deltaVersion: DELTA_VERSION,
  ...changes,
});

export const programNamed = (digest: string): PolicyProgram => ({
  digest,
  program: { version: 1, context: [], headers: [], actions: [], policies: [] },
});

/** What the sessions' node holds and answers; a test changes it as it goes. */
export const host = {
  trust: sampleTrust,
  policies: programNamed('first') as PolicyProgram | undefined,
  announced: new Map<string, EndpointClaim>(),
  canAnnounce: true,
  locality: undefined as string | undefined,
  offered: (_service: ServiceKey): EndpointList => [],
  decided: [] as SampledDecision[],
  unknownKeys: 0,
  lost: 0,
  withdrawn: () => {},
  /** Instances that another session has. */
  taken: new Set<string>(),
  issue: async (_csr: Uint8Array): Promise<Svid> => ({ chainPem: ['PEM'], notAfter: 5_000 }),
  /** What runs since before this gets no identity. */
  revokedBeforeMs: 0,
  clock: new FakeClock(0),
  log: recordingLog(),
  limitedLog: new LimitedLog(recordingLog(), new FakeClock(0)),
};

const fresh = { ...host };

/** Until the members may be told of an endpoint again. */
export const waitToAnnounce = () => host.clock.advance(100);

/** Until a sidecar may be told of a change again. */
export const waitToTell = () => host.clock.advance(100);

/** As it was at first; call it before each test. */
export function resetHost(): void {
  const log = recordingLog();
  const limitedLog = new LimitedLog(log, host.clock);
  Object.assign(host, fresh, {
    announced: new Map(),
    decided: [],
    unknownKeys: 0,
    taken: new Set(),
    log,
    limitedLog,
  });
}

/** {@link host}, as a server hands it to its sessions. */
export const sessionHost = (): WorkloadServerParts['host'] => ({
  trust: () => host.trust,
  nodeUid: NODE_UID,
  node: N1,
  inboundAddress: '10.0.0.1',
  ...(host.locality === undefined ? {} : { locality: host.locality }),
  issue: (_spiffeId, csr) => host.issue(csr),
  isRevoked: (_spiffeId, attestedAtMs) => attestedAtMs < host.revokedBeforeMs,
  policies: () => host.policies,
  snapshotFor: (needs, policyDigest) =>
    buildSnapshot({
      trust: host.trust,
      node: N1,
      offered: host.offered,
      policyDigest,
      for: needs,
    }),
  announce(instance, claim) {
    if (host.canAnnounce) host.announced.set(instance, claim);
    return host.canAnnounce;
  },
  addressesOf: (_workload, named) =>
    new Map(named.map((service, n) => [service, `127.80.0.${n + 1}`])),
  withdraw(instance) {
    host.announced.delete(instance);
    host.withdrawn();
  },
  left: () => undefined,
  decided: (_by, decisions) => void host.decided.push(...decisions),
  unknownKey() {
    host.unknownKeys += 1;
  },
  decisionsLost: () => void host.lost++,
  changed: () => undefined,
  enforced: () => undefined,
  log: host.log,
});

const processOf = (
  facts: ProcessFacts,
  executableSha256: string,
  attestedAtMs: number,
): AttestedProcess => ({
  facts,
  attestedAtMs,
  measured: async () => ({ ...facts, executableSha256 }),
});

/**
 * A sidecar of the process `facts`, as its node's session sees it; its executable has the digest `sha256`, and it
 * was started now when nothing else is said.
 */
export function attach(
  facts: ProcessFacts = SIDECAR,
  sha256 = '(unreadable)',
  attestedAtMs: number = host.clock.now(),
) {
  let session: WorkloadSession | undefined;
  let ended = 0;
  const far = pipe((near) => {
    session = new WorkloadSession(near, processOf(facts, sha256, attestedAtMs), {
      ...sessionHost(),
      claimInstance: (instance) => !host.taken.has(instance),
      clock: host.clock,
      limitedLog: host.limitedLog,
    });
    return session.handlers(() => {
      ended++;
    });
  });
  if (session === undefined) throw new Error('the pipe was not accepted');
  const frames = new FrameReader(1 << 24);
  return {
    session,
    far,
    ended: () => ended,
    say: (message: SidecarMessage) => far.send(encodeMessage(message)),
    /** What the node said since it was asked last. */
    heard(): NodeMessage[] {
      return far.taken().flatMap((bytes) => {
        const read = frames.push(bytes);
        if (!read.ok) throw new Error(read.error);
        return read.value.map((frame) => JSON.parse(new TextDecoder().decode(frame)));
      });
    },
  };
}

/** One that was welcomed. */
export function attached(changes: object = {}) {
  const sidecar = attach();
  sidecar.say(hello(changes));
  const heard = sidecar
    .heard()
    .map(({ type }) => type)
    .join();
  if (heard !== 'welcome,policies,snapshot') throw new Error(`not welcomed: ${heard}`);
  waitToTell();
  return sidecar;
}

/** Lets what was promised come true. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export const refusals = (messages: readonly NodeMessage[]) =>
  messages.flatMap((message) => (message.type === 'refused' ? [message] : []));
