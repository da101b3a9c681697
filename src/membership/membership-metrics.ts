import type { Counter, Gauge, Meter } from '../ports/index.ts';
import type { MemberState } from './swim/index.ts';

export const MEMBER_STATES = ['alive', 'suspect', 'dead', 'left'] as const satisfies MemberState[];

/** What membership counts. */
export interface MembershipMetrics {
  readonly members: Gauge<'state'>;
  readonly slowness: Gauge<never>;
  readonly events: Counter<'event'>;
  readonly sent: Counter<never>;
  readonly received: Counter<never>;
  readonly refusals: Counter<'reason'>;
}

export const membershipMetrics = (meter: Meter): MembershipMetrics => ({
  members: meter.gauge({
    name: 'selvage_members',
    help: 'Other members that this node knows, by state',
    labels: ['state'],
  }),
  slowness: meter.gauge({
    name: 'selvage_membership_slowness',
    help: 'How slow this node finds itself, 0 (not at all) to 8: it waits so many times longer for others',
    labels: [],
  }),
  events: meter.counter({
    name: 'selvage_membership_events_total',
    help: 'What the failure detector did and found, by event',
    labels: ['event'],
  }),
  sent: meter.counter({
    name: 'selvage_datagrams_sent_total',
    help: 'Datagrams sent to other members',
    labels: [],
  }),
  received: meter.counter({
    name: 'selvage_datagrams_received_total',
    help: 'Datagrams of other members that were taken',
    labels: [],
  }),
  refusals: meter.counter({
    name: 'selvage_datagram_refusals_total',
    help: 'Datagrams that were not taken, by reason',
    labels: ['reason'],
  }),
});
