import type { Handle } from './swim/index.ts';

/** So long a member is reached by streams alone before it is told: a restart of a firewall needs nobody. */
export const TOLD_AFTER_MS = 30_000;
/** And so often in a row: a single question that is lost may stand for minutes in a large mesh. */
export const TOLD_AFTER_STREAMS = 3;

interface Silence {
  readonly since: number;
  readonly streams: number;
}

/** Members that answer over streams while no answer of theirs comes by datagram, as where UDP is blocked. */
export class DatagramSilence {
  /** One for each member at most. */
  readonly #silences = new Map<Handle, Silence>();
  /** There are none in most meshes, and each answer asks for its own. */
  #isAny = false;

  /** It answered over a stream, for its datagram had not come. */
  reached(member: Handle, now: number): void {
    const { since, streams } = this.#silences.get(member) ?? { since: now, streams: 0 };
    this.#silences.set(member, { since, streams: streams + 1 });
    this.#isAny = true;
  }

  /** It answered by datagram, or is gone. Was it silent? */
  end(member: Handle): boolean {
    if (!this.#isAny || !this.#silences.delete(member)) return false;
    this.#isAny = this.#silences.size > 0;
    return true;
  }

  /** For how long, milliseconds; undefined while that may be chance. */
  of(member: Handle, now: number): number | undefined {
    const silence = this.#silences.get(member);
    return silence !== undefined && isTold(silence, now) ? now - silence.since : undefined;
  }

  /** Members of whom it is told. */
  count(now: number): number {
    return this.#silences
      .values()
      .reduce((sum, silence) => sum + (isTold(silence, now) ? 1 : 0), 0);
  }
}

const isTold = ({ since, streams }: Silence, now: number): boolean =>
  streams >= TOLD_AFTER_STREAMS && now - since >= TOLD_AFTER_MS;
