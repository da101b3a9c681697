import type { Counter, Labels, Meter } from '../ports/index.ts';

/**
 * Why a datagram was dropped here: too many waited in its flow, or in all; its flow was refused, or ended before it went
 * on; one flow more than there may be; the kernel did not take it; it came in no capsule.
 */
export type DatagramLoss =
  | 'queue-full'
  | 'refused'
  | 'flow-ended'
  | 'too-many-flows'
  | 'not-sent'
  | 'malformed';

type Labelled = 'destination' | 'direction';

/** The numbers of all datagrams of a data plane. */
export class DatagramCounters {
  readonly #carried: Counter<Labelled>;
  readonly #dropped: Counter<Labelled | 'reason'>;

  constructor(meter: Meter) {
    this.#carried = meter.counter({
      name: 'selvage_datagrams_total',
      help: 'Datagrams of flows that were passed on, both ways',
      labels: ['destination', 'direction'],
    });
    this.#dropped = meter.counter({
      name: 'selvage_dropped_datagrams_total',
      help: 'Datagrams of flows that this sidecar dropped, both ways, by reason',
      labels: ['destination', 'direction', 'reason'],
    });
  }

  /** Those of one service's flows; `direction`: of the flow. */
  of(destination: string, direction: 'inbound' | 'outbound'): DatagramMetrics {
    return new DatagramMetrics({ destination, direction }, this.#carried, this.#dropped);
  }
}

export class DatagramMetrics {
  readonly #labels: Labels<Labelled>;
  readonly #carried: Counter<Labelled>;
  readonly #dropped: Counter<Labelled | 'reason'>;

  constructor(
    labels: Labels<Labelled>,
    carried: Counter<Labelled>,
    dropped: Counter<Labelled | 'reason'>,
  ) {
    this.#labels = labels;
    this.#carried = carried;
    this.#dropped = dropped;
  }

  carried(count = 1): void {
    this.#carried.add(this.#labels, count);
  }

  dropped(reason: DatagramLoss, count = 1): void {
    this.#dropped.add({ ...this.#labels, reason }, count);
  }
}
