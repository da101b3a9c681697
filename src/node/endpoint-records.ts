import { type NodeName, SelvageError } from '../core/index.ts';
import type { Log } from '../ports/index.ts';
import { ENDPOINT_KIND, type EndpointClaim } from '../registry/index.ts';
import type { RecordStore, RecordSync } from '../replication/index.ts';

/** How long sidecars have to come back after a restart before their endpoints are withdrawn, milliseconds. */
export const ORPHAN_GRACE_MS = 10_000;

export interface EndpointRecordsParts {
  readonly node: NodeName;
  readonly records: RecordStore;
  readonly recordSync: Pick<RecordSync, 'mayWrite'>;
  readonly log: Log;
}

/**
 * How workloads' endpoints are told to the members and taken back. A record's key is used again when its
 * workload is gone: what was withdrawn is kept for a day, and workloads that start and end all day, each
 * under a key of its own, would leave no place for others.
 */
export class EndpointRecords {
  readonly #parts: EndpointRecordsParts;
  /** Keys of the records that living sidecars are behind, by instance. */
  readonly #keys = new Map<string, string>();

  constructor(parts: EndpointRecordsParts) {
    this.#parts = parts;
  }

  /**
   * False when it could not be told, as while this node's credential has ended: the workload stays, and
   * it is tried again.
   */
  readonly announce = (instance: string, claim: EndpointClaim): boolean => {
    if (!this.#parts.recordSync.mayWrite) return false;
    const key = this.#keys.get(instance) ?? this.#keyFor(instance, claim);
    const isTold = this.#attempt('endpoint not announced', instance, (records) =>
      records.put(ENDPOINT_KIND, key, claim),
    );
    if (isTold) this.#keys.set(instance, key);
    return isTold;
  };

  /** Nothing happens when it was not announced. */
  readonly withdraw = (instance: string): void => {
    const key = this.#keys.get(instance);
    if (key === undefined) return;
    this.#keys.delete(instance);
    this.#takeBack(key, instance);
  };

  /** Is there one that this node announced before a restart for a sidecar that did not come back? */
  get hasOrphans(): boolean {
    return this.#orphans().length > 0;
  }

  /** Withdraws what this node announced before a restart for sidecars that did not come back. */
  withdrawOrphans(): void {
    const { recordSync, log } = this.#parts;
    if (!recordSync.mayWrite) return;
    for (const { key } of this.#orphans()) {
      if (this.#takeBack(key, key)) log.info('endpoint withdrawn, its sidecar is gone', { key });
    }
  }

  /** That of the same sidecar before a restart, which is no orphan from now on, else the first one that is free. */
  #keyFor(instance: string, claim: EndpointClaim): string {
    const orphans = this.#orphans();
    const before = orphans.find(({ value }) => isAtSamePlace(value, claim));
    if (before !== undefined) {
      this.#keys.set(instance, before.key);
      return before.key;
    }
    const taken = new Set([...this.#keys.values(), ...orphans.map(({ key }) => key)]);
    for (let n = 0; ; n++) if (!taken.has(`workload-${n}`)) return `workload-${n}`;
  }

  /** What is announced by this node without a living sidecar. */
  #orphans() {
    const { node, records } = this.#parts;
    const held = new Set(this.#keys.values());
    const own = records.snapshot().shelf(node)?.records.items() ?? [];
    return [...own].flatMap(({ content }) => {
      const isThere = content.kind === ENDPOINT_KIND && !content.tombstone;
      return isThere && !held.has(content.key) ? [content] : [];
    });
  }

  #takeBack(key: string, instance: string): boolean {
    return this.#attempt('endpoint not withdrawn', instance, (records) =>
      records.withdraw(ENDPOINT_KIND, key),
    );
  }

  #attempt(failure: string, instance: string, run: (records: RecordStore) => void): boolean {
    const { records, log } = this.#parts;
    try {
      run(records);
      return true;
    } catch (error) {
      // The records refuse it, or the disk is full: either way it is tried again.
      if (!(error instanceof SelvageError)) throw error;
      log.error(failure, { instance, error });
      return false;
    }
  }
}

/** Only one process at a time listens there. `value`: what this node itself announced. */
function isAtSamePlace(value: unknown, { address, port }: EndpointClaim): boolean {
  const { address: before, port: portBefore } = Object(value);
  return before === address && portBefore === port;
}
