import type { Counter, Gauge, Meter } from '../ports/index.ts';
import type { Detector, DetectorEvent } from './swim/index.ts';

const STATES = ['alive', 'suspect', 'dead', 'left'] as const;

/** What the failure detector did, and what it found. */
export class MembershipMetrics {
  readonly #members: Gauge<'state'>;
  readonly #withoutDatagrams: Gauge<never>;
  readonly #slowness: Gauge<never>;
  readonly #events: Counter<'event'>;

  constructor(meter: Meter) {
    this.#members = meter.gauge({
      name: 'selvage_members',
      help: 'Other members that this node knows, by state',
      labels: ['state'],
    });
    this.#withoutDatagrams = meter.gauge({
      name: 'selvage_members_without_datagrams',
      help: 'Other members that have answered by connection only for half a minute or longer',
      labels: [],
    });
    this.#slowness = meter.gauge({
      name: 'selvage_membership_slowness',
      help: 'How slow this node finds itself, from 0 (not at all): it waits one more time as long for others each',
      labels: [],
    });
    this.#events = meter.counter({
      name: 'selvage_membership_events_total',
      help: 'What the failure detector did and found, by event',
      labels: ['event'],
    });
  }

  counted(event: DetectorEvent): void {
    this.#events.add({ event });
  }

  /** `silentLeft`: those of the dead who said before that they go. */
  measured(detector: Detector, silentLeft: number, withoutDatagrams: number): void {
    const moved = { alive: 0, suspect: 0, dead: -silentLeft, left: silentLeft } as const;
    for (const state of STATES) this.#members.set({ state }, detector.count(state) + moved[state]);
    this.#withoutDatagrams.set({}, withoutDatagrams);
    this.#slowness.set({}, detector.localHealth);
  }
}
