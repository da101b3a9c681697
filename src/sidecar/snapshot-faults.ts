import type { Log, Meter } from '../ports/index.ts';
import { type SidecarMessage, SnapshotReader } from '../snapshot/index.ts';

export interface SnapshotFaultParts {
  readonly log: Log;
  readonly meter: Meter;
  /** Says something to the node. */
  readonly ask: (message: SidecarMessage) => void;
}

/** A reader of what the node tells; of each fault it says so once, counts it, and asks the node for all anew. */
export function snapshotReader({ log, meter, ask }: SnapshotFaultParts): SnapshotReader {
  const faults = meter.counter({
    name: 'selvage_snapshot_faults_total',
    help: 'Changes from the node that did not fit, after which it was asked for the whole snapshot',
    labels: ['fault'],
  });
  return new SnapshotReader((fault, words) => {
    faults.add({ fault });
    log.warn('asking the node for the whole snapshot, what it told does not fit', {
      fault,
      reason: words,
    });
    ask({ type: 'snapshot-request', fault });
  });
}
