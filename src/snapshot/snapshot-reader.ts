import { err, ok, type Result } from '../core/index.ts';
import { CHANGES_MISSED } from './limits.ts';
import type { DeltaMessage, SnapshotMessage } from './node-message.ts';
import type { StreamFault } from './sidecar-message.ts';
import type { Snapshot } from './snapshot.ts';
import { type SnapshotDelta, withDelta } from './snapshot-delta.ts';
import { snapshotDigest } from './snapshot-digest.ts';

/** Called with why what came is not used, and that in words: the node is to be asked for the whole. */
export type Faulty = (fault: StreamFault, words: string) => void;

/**
 * Puts together what a node tells, and believes none of it unseen: what does not come in its turn, or does not make
 * what the node says that it makes, is not used, and neither is what follows it until the whole comes.
 */
export class SnapshotReader {
  readonly #faulty: Faulty;
  /** What the next delta is of; undefined until there is a whole, and after a fault. */
  #state: { readonly snapshot: Snapshot; readonly number: number } | undefined;
  /** Changes that went by since the whole was asked for; undefined while nothing is asked for. */
  #missed: number | undefined;

  constructor(faulty: Faulty) {
    this.#faulty = faulty;
  }

  /** The snapshot to decide by from now on; undefined when this message brings none. */
  take(message: SnapshotMessage | DeltaMessage): Snapshot | undefined {
    const isWhole = message.type === 'snapshot';
    if (!isWhole && this.#mayWait()) return undefined;
    const read = isWhole ? wholeOf(message) : this.#change(message);
    this.#missed = read.ok ? undefined : 0;
    if (!read.ok) {
      this.#state = undefined;
      this.#faulty(read.error.fault, read.error.words);
      return undefined;
    }
    const number = isWhole ? message.state?.number : message.number;
    this.#state = number === undefined ? undefined : { snapshot: read.value, number };
    return read.value;
  }

  #mayWait(): boolean {
    if (this.#missed === undefined) return false;
    this.#missed += 1;
    return this.#missed < CHANGES_MISSED;
  }

  #change({ number, delta, digest }: DeltaMessage): Result<Snapshot, Refused> {
    const last = this.#state?.number ?? 'none';
    if (this.#state === undefined || number !== this.#state.number + 1) {
      return err({ fault: 'gap', words: `change ${number} came after ${last}` });
    }
    return followDelta(this.#state.snapshot, delta, digest);
  }
}

interface Refused {
  readonly fault: StreamFault;
  readonly words: string;
}

/** The snapshot that has this digest, if the change makes it. */
export function followDelta(
  before: Snapshot,
  delta: SnapshotDelta,
  digest: string,
): Result<Snapshot, Refused> {
  const next = withDelta(before, delta);
  return next.ok ? proven(next.value, digest) : err({ fault: 'unfit', words: next.error });
}

/** One that comes without a digest is taken as it is: an older node has none, and says all of it each time. */
function wholeOf({ snapshot, state }: SnapshotMessage): Result<Snapshot, Refused> {
  return state === undefined ? ok(snapshot) : proven(snapshot, state.digest);
}

function proven(snapshot: Snapshot, digest: string): Result<Snapshot, Refused> {
  const made = snapshotDigest(snapshot);
  if (made === digest) return ok(snapshot);
  const words = `the digest is ${made.slice(0, 16)}…, and was to be ${digest.slice(0, 16)}…`;
  return err({ fault: 'digest', words });
}
