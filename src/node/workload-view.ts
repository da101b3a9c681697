import type { ServiceKey } from '../core/index.ts';
import {
  DELTA_VERSION,
  type Hello,
  type Needs,
  type NodeMessage,
  policyMessages,
  type Snapshot,
  SnapshotTeller,
} from '../snapshot/index.ts';
import type { SessionHost } from './session-host.ts';

export interface WorkloadViewParts {
  /** Of the workload. */
  readonly key: string;
  readonly hello: Hello;
  readonly host: Pick<SessionHost, 'addressesOf' | 'clock' | 'policies' | 'snapshotFor'>;
  readonly send: (message: NodeMessage) => void;
  /** The sidecar could not be told of a change. */
  readonly failed: (error: unknown) => void;
}

/** What one sidecar is shown: the policies in force, then what it may see, and what changes in either. */
export class WorkloadView {
  readonly #parts: WorkloadViewParts;
  readonly #teller: SnapshotTeller;
  readonly #called: ReadonlySet<ServiceKey>;
  #sentPolicies = '';

  constructor(parts: WorkloadViewParts) {
    const { hello, host, send, failed } = parts;
    this.#parts = parts;
    this.#called = new Set(hello.upstreams);
    this.#teller = new SnapshotTeller({
      clock: host.clock,
      send,
      failed,
      next: () => this.#next(),
      followsDeltas: hello.deltaVersion === DELTA_VERSION,
    });
  }

  /** Anything may be different. */
  refresh(): void {
    this.#teller.changed();
  }

  /** The endpoints of these services may be others: nothing to this sidecar, unless it calls one of them. */
  followEndpoints(services: ReadonlySet<ServiceKey>): void {
    if (!this.#called.isDisjointFrom(services)) this.#teller.changed();
  }

  /** See {@link SnapshotTeller.wholeWanted}. */
  wholeWanted(): boolean {
    return this.#teller.wholeWanted();
  }

  stop(): void {
    this.#teller.stop();
  }

  #next(): Snapshot | undefined {
    const { key, hello, host, send } = this.#parts;
    const { upstreams, named = [], serves } = hello;
    const policies = host.policies();
    if (policies === undefined) return undefined; // without them nothing may be decided
    if (policies.digest !== this.#sentPolicies) {
      this.#sentPolicies = policies.digest;
      for (const part of policyMessages(policies)) send(part);
    }
    const needs: Needs = {
      upstreams,
      ...(serves === undefined ? {} : { serves: serves.service }),
      addresses: host.addressesOf(key, named),
    };
    return host.snapshotFor(needs, policies.digest);
  }
}
