import {
  type NodeName,
  type ServiceKey,
  type SpiffeId,
  type TrustDomain,
  workloadSpiffeId,
} from '../../core/index.ts';
import {
  generatePrivateKey,
  type Issuer,
  issueSvid,
  privateKeyToPem,
  publicKeyOf,
} from '../../crypto/index.ts';
import { entriesOf, newAuthority } from '../../crypto/testing/index.ts';
import { bunDatagrams, bunSockets, realClock, realRandom } from '../../platform/index.ts';
import type { DecisionRequest, PolicyEngine, SampledDecision } from '../../policy/index.ts';
import type { Clock } from '../../ports/index.ts';
import { recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import type { Snapshot, SnapshotService } from '../../snapshot/index.ts';
import type { DataPlaneParts } from '../data-plane.ts';
import { createDataPlane, type DataPlane, type WorkloadIdentity } from '../index.ts';

const HOUR_MS = 3_600_000;
export const TRUST_DOMAIN = 'shop.example' as TrustDomain; // a trust domain, by inspection
export const WEB = 'default/web' as ServiceKey; // a service key, by inspection

/** The ID of a service account in namespace `default`. */
export const accountId = (account: string): SpiffeId =>
  workloadSpiffeId(TRUST_DOMAIN, 'default' as never, account); // 'default' is a label

export type Authority = Issuer;

export const startAuthority = async (node = 'n1'): Promise<Authority> =>
  (await newAuthority(24 * HOUR_MS, { node, now: Date.now() })).issuer;

export async function identityOf(
  issuer: Authority,
  account: string,
  options: {
    readonly lifeMs?: number;
    readonly now?: number;
    readonly spiffeId?: SpiffeId;
    readonly earliestMs?: number;
    readonly node?: NodeName;
  } = {},
): Promise<WorkloadIdentity> {
  const key = generatePrivateKey('p256');
  const { now = Date.now(), lifeMs = HOUR_MS, spiffeId = accountId(account), node } = options;
  const publicKey = publicKeyOf(key);
  const { earliestMs = 0 } = options;
  const issued = issueSvid({
    issuer,
    publicKey,
    spiffeId,
    now,
    lifeMs,
    earliestMs,
    random: realRandom,
    ...(node === undefined ? {} : { askedBy: { node, trustVersion: 1 } }),
  });
  return {
    spiffeId,
    certificateChainPem: issued.pem,
    privateKeyPem: privateKeyToPem(key),
    notAfterMs: issued.notAfter,
  };
}

export type ServiceOverrides = Partial<Omit<SnapshotService, 'endpoints'>> & {
  /** Ports on 127.0.0.1. */
  readonly ports?: readonly number[];
};

export const snapshotOf = (
  authorities: readonly Authority[],
  { ports = [], ...overrides }: ServiceOverrides = {},
): Snapshot => ({
  trustDomain: TRUST_DOMAIN,
  node: 'n1' as NodeName, // a label
  trustVersion: 1,
  trustDigest: 'd',
  policyHeaders: [],
  authentications: [],
  bundle: entriesOf(...authorities.map(({ pem }) => pem)),
  policyDigest: 'test',
  services: [
    {
      key: WEB,
      protocol: 'http',
      identities: [accountId('web')],
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 5_000,
      endpoints: ports.map((port) => ({
        id: `n1/${port}`,
        node: 'n1' as NodeName, // a label
        address: '127.0.0.1',
        port,
        labels: {},
      })),
      ...overrides,
    },
  ],
});

/** Allows what `allows` says (everything by default), and remembers what it was asked. */
export function recordingEngine(
  allows: (request: DecisionRequest) => boolean = () => true,
): PolicyEngine & { readonly asked: readonly DecisionRequest[] } {
  const asked: DecisionRequest[] = [];
  const known = new WeakSet<DecisionRequest>();
  return {
    asked,
    decide: (request) => {
      if (!known.has(request)) asked.push(request); // it is asked again while it goes on
      known.add(request);
      const allowed = allows(request);
      return {
        allowed,
        policies: allowed ? ['permit-all'] : ['forbid-some'],
        errors: [],
        audit: [],
      };
    },
  };
}

export interface TestPlane {
  readonly plane: DataPlane;
  readonly log: ReturnType<typeof recordingLog>;
  readonly meter: ReturnType<typeof recordingMeter>;
  /** What it handed over. */
  readonly sampled: readonly SampledDecision[];
}

export function startPlane(
  clock: Clock = realClock,
  options: Partial<
    Pick<DataPlaneParts, 'maxClients' | 'users' | 'sockets' | 'applicationSockets'>
  > = {},
): TestPlane {
  const log = recordingLog();
  const meter = recordingMeter();
  const sampled: SampledDecision[] = [];
  const ports = {
    sockets: bunSockets,
    datagrams: bunDatagrams,
    clock,
    random: realRandom,
    log,
    meter,
    decided: (decisions: readonly SampledDecision[]) => void sampled.push(...decisions),
  };
  const plane = createDataPlane({ ...ports, ...options });
  return { plane, log, meter, sampled };
}
