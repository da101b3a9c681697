import type { NodeName } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { RecordId, Sequence } from './record.ts';

/** Two records of one writer under one sequence: both signed, so it cannot be denied. */
export interface Evidence {
  readonly id: RecordId;
  readonly writer: NodeName;
  readonly sequence: Sequence;
  /** Both as they travel, the one with the larger payload hash, which holds, first. */
  readonly records: readonly [holds: Uint8Array, other: Uint8Array];
  readonly seenAt: EpochMs;
}
