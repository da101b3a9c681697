import { realClock } from '../../platform/index.ts';
import type { DecisionRequest } from '../../policy/index.ts';
import type { Clock, Sockets } from '../../ports/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import type { Snapshot } from '../../snapshot/index.ts';
import type { UserTokens } from '../index.ts';
import { RawClient } from './raw-client.ts';
import {
  type Authority,
  identityOf,
  recordingEngine,
  type ServiceOverrides,
  snapshotOf,
  startAuthority,
  startPlane,
  type TestPlane,
  WEB,
} from './test-mesh.ts';

/** A client's data plane, a service's data plane, and between them mutual TLS. */
export interface Pair {
  readonly authority: Authority;
  readonly caller: TestPlane;
  readonly callee: TestPlane;
  readonly egress: ReturnType<typeof recordingEngine>;
  readonly ingress: ReturnType<typeof recordingEngine>;
  /** Of the caller's outbound and the callee's inbound listener. */
  readonly port: number;
  readonly inboundPort: number;
  /** Hands both planes a snapshot that differs from the usual one by `overrides`. */
  apply(overrides: ServiceOverrides, snapshot?: Partial<Snapshot>): void;
  connect(): Promise<RawClient>;
  /** What comes back on a connection of its own, once the head of the answer is there. */
  ask(request: string): Promise<string>;
  /** Waits until nothing is held any more but pooled connections. */
  settled(): Promise<void>;
  /** Ends the application too. */
  stop(): Promise<void>;
}

export interface PairOptions {
  readonly service?: ServiceOverrides;
  readonly mayLeave?: (request: DecisionRequest) => boolean;
  readonly mayEnter?: (request: DecisionRequest) => boolean;
  /** Beside the service. */
  readonly snapshot?: Partial<Snapshot>;
  /** Who both sidecars ask about bearer tokens. */
  readonly users?: UserTokens;
  readonly clock?: Clock;
  readonly lifeMs?: number;
  /** By which the caller's data plane reaches the callee's. */
  readonly sockets?: Sockets;
  /** Clients of the caller's data plane, and of the callee's. */
  readonly maxClients?: number;
  readonly maxPeers?: number;
  /** Of the caller's data plane, and of the callee's. */
  readonly maxHeldBytes?: number;
  readonly maxPeerHeldBytes?: number;
}

export async function startPair(
  application: { readonly port: number; stop(): unknown },
  {
    service = {},
    mayLeave,
    mayEnter,
    snapshot: rest = {},
    users,
    clock = realClock,
    lifeMs,
    sockets,
    maxClients,
    maxPeers,
    maxHeldBytes,
    maxPeerHeldBytes,
  }: PairOptions = {},
): Promise<Pair> {
  const authority = await startAuthority();
  const shared = users === undefined ? {} : { users };
  const caller = startPlane(clock, {
    ...shared,
    ...(sockets === undefined ? {} : { sockets }),
    ...(maxClients === undefined ? {} : { maxClients }),
    ...(maxHeldBytes === undefined ? {} : { maxHeldBytes }),
  });
  const callee = startPlane(clock, {
    ...shared,
    ...(maxPeers === undefined ? {} : { maxClients: maxPeers }),
    ...(maxPeerHeldBytes === undefined ? {} : { maxHeldBytes: maxPeerHeldBytes }),
  });
  const egress = recordingEngine(mayLeave);
  const ingress = recordingEngine(mayEnter);
  const life = lifeMs === undefined ? {} : { lifeMs };
  caller.plane.useIdentity(await identityOf(authority, 'client', life));
  callee.plane.useIdentity(await identityOf(authority, 'web', life));
  callee.plane.apply({ snapshot: snapshotOf([authority], service), engine: ingress });
  const target = { host: '127.0.0.1', port: application.port };
  const inbound = callee.plane.openInbound({ host: '127.0.0.1', port: 0, service: WEB, target });
  const apply = (overrides: ServiceOverrides, more: Partial<Snapshot> = {}): void => {
    const base = snapshotOf([authority], { ports: [inbound.port], ...overrides });
    const snapshot = { ...base, ...rest, ...more };
    caller.plane.apply({ snapshot, engine: egress });
    callee.plane.apply({ snapshot, engine: ingress });
  };
  apply(service);
  const outbound = caller.plane.openOutbound({ host: '127.0.0.1', port: 0, service: WEB });
  const connect = () => RawClient.connect(outbound.port);
  const counts = () => [caller.plane.census(), callee.plane.census()];
  return {
    authority,
    caller,
    callee,
    egress,
    ingress,
    port: outbound.port,
    inboundPort: inbound.port,
    apply,
    connect,
    ask: async (request) => (await connect()).send(request).reads('\r\n\r\n'),
    settled: () =>
      eventually(`an idle census: ${JSON.stringify(counts())}`, () =>
        counts().every((c) => c.heldBytes + c.exchanges + c.dialling === 0),
      ),
    stop: async () => {
      caller.plane.stop();
      callee.plane.stop();
      await application.stop();
      await eventually('an empty census', () =>
        counts().every((census) => Object.values(census).every((count) => count === 0)),
      ).catch((cause) => {
        throw new Error(`held at the end: ${JSON.stringify(counts())}`, { cause });
      });
    },
  };
}
