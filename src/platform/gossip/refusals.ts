import type { Clock, Counter, Log, Meter } from '../../ports/index.ts';
import { SeldomLog } from './seldom-log.ts';

/**
 * Why no connection came about: noise failed; the key is of another type; the credential is longer
 * than any is; nothing readable came in time; the credential was judged and found wanting; the listener told why it refuses this node.
 */
export type RefusalReason = 'handshake' | 'key' | 'size' | 'silent' | 'credential' | 'told';

type Direction = 'inbound' | 'outbound';

/** Counts who came in and who did not; logs the latter seldom, however often strangers knock. */
export class Refusals {
  readonly #log: SeldomLog;
  readonly #admissions: Counter<'direction' | 'result'>;

  constructor(clock: Clock, log: Log, meter: Meter) {
    this.#log = new SeldomLog(clock, log);
    this.#admissions = meter.counter({
      name: 'selvage_peer_admissions_total',
      help: 'Peer connections by direction and by what became of them',
      labels: ['direction', 'result'],
    });
  }

  admitted(direction: Direction): void {
    this.#admissions.add({ direction, result: 'admitted' });
  }

  refused(direction: Direction, reason: RefusalReason, error: unknown): void {
    this.#admissions.add({ direction, result: reason });
    const detail = error instanceof Error ? error.message : String(error);
    this.#log.warn('peer not admitted', `${direction} ${reason}`, { direction, reason, detail });
  }
}
