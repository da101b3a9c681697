import type { NodeName } from '../core/index.ts';
import type { Log } from '../ports/index.ts';
import type { EndpointClaim } from '../registry/index.ts';
import { type RecordStore, ReplicationError } from '../replication/index.ts';
import { ENDPOINT_KIND } from './mesh-view.ts';

/** How long sidecars have to come back after a restart before their endpoints are withdrawn, milliseconds. */
export const ORPHAN_GRACE_MS = 10_000;

/**
 * How a workload's endpoint is told to the members and taken back. False when it could not be, as while
 * this node's credential has ended: the workload stays, and it is tried again.
 */
export function endpointRecords(records: RecordStore, log: Log) {
  const attempt = (what: string, instance: string, run: () => void): boolean => {
    try {
      run();
      return true;
    } catch (error) {
      if (!(error instanceof ReplicationError)) throw error;
      log.error(what, { instance, error });
      return false;
    }
  };
  return {
    announce: (instance: string, claim: EndpointClaim) =>
      attempt('endpoint not announced', instance, () =>
        records.put(ENDPOINT_KIND, instance, claim),
      ),
    withdraw: (instance: string) =>
      attempt('endpoint not withdrawn', instance, () => records.withdraw(ENDPOINT_KIND, instance)),
  } as const;
}

export interface OrphanParts {
  readonly node: NodeName;
  readonly records: RecordStore;
  /** Is a living sidecar behind this endpoint record? */
  readonly hasInstance: (instance: string) => boolean;
  readonly log: Log;
}

/** Withdraws what this node announced before a restart for sidecars that did not come back. */
export function withdrawOrphans({ node, records, hasInstance, log }: OrphanParts): void {
  const { withdraw } = endpointRecords(records, log);
  for (const { writer, key } of records.entries(ENDPOINT_KIND)) {
    if (writer !== node || hasInstance(key)) continue;
    log.info('endpoint withdrawn, its sidecar is gone', { instance: key });
    withdraw(key);
  }
}
