import type { Clock, Gauge, Gossip, Log, Meter, Random, Timer } from '../ports/index.ts';
import { Contacts } from './contacts.ts';
import type { KnownMember, Member, MemberState } from './member.ts';

/** How often it is looked at who is due to be dialled. */
const TICK_MS = 250;

export interface MembershipOptions {
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** Keeps this node connected with some members, and says of each whether it is alive. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #contacts: Contacts;
  readonly #members: Gauge<'state'>;
  readonly #listeners: (() => void)[] = [];
  #ticks: Timer | undefined;

  constructor(options: MembershipOptions) {
    const { gossip, random, meter } = options;
    this.#options = options;
    this.#contacts = new Contacts(gossip.self, random);
    this.#members = meter.gauge({
      name: 'selvage_members',
      help: 'Other members that this node knows, by state',
      labels: ['state'],
    });
  }

  start(): void {
    const { gossip, clock } = this.#options;
    gossip.onPeers(({ peer, connected }) => {
      const now = clock.monotonic();
      if (connected) this.#contacts.connected(peer.id, now);
      else this.#contacts.disconnected(peer.id, now);
      this.#changed();
    });
    for (const peer of gossip.peers()) this.#contacts.connected(peer.id, clock.monotonic());
    this.#ticks = clock.every(TICK_MS, () => this.#dialDue());
  }

  /** The members in force, from their node records; who is left out is not dialled any more. */
  learn(members: readonly KnownMember[]): void {
    const isChanged = this.#contacts.learn(members, this.#options.clock.monotonic());
    if (!isChanged) return;
    this.#changed();
    this.#dialDue();
  }

  /** All other members, in the order of their names. */
  members(): readonly Member[] {
    const { clock } = this.#options;
    const toWall = clock.now() - clock.monotonic();
    return this.#contacts
      .all()
      .map(({ known, state, since }) => ({ ...known, state, since: Math.round(toWall + since) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Told whenever `members()` may have changed. */
  onChange(changed: () => void): void {
    this.#listeners.push(changed);
  }

  /** Dials nobody any more and takes leave of all peers. */
  async leave(): Promise<void> {
    this.#ticks?.cancel();
    this.#ticks = undefined;
    const { gossip } = this.#options;
    await Promise.all(gossip.peers().map((peer) => gossip.disconnect(peer.id)));
  }

  #dialDue(): void {
    if (this.#ticks === undefined) return;
    const { clock } = this.#options;
    for (const member of this.#contacts.due(clock.monotonic())) void this.#dial(member);
  }

  async #dial({ name, peerId, addresses }: KnownMember): Promise<void> {
    const { gossip, clock, log } = this.#options;
    let failure: unknown;
    try {
      await gossip.dial(peerId, addresses);
    } catch (error) {
      failure = error;
    }
    if (!this.#contacts.dialled(peerId, clock.monotonic())) return;
    log.warn('member unreachable', { member: name, addresses, error: failure });
    this.#changed();
  }

  #changed(): void {
    const counts: Record<MemberState, number> = { alive: 0, unreachable: 0, unknown: 0 };
    for (const { state } of this.#contacts.all()) counts[state]++;
    for (const state of ['alive', 'unreachable', 'unknown'] as const) {
      this.#members.set({ state }, counts[state]);
    }
    for (const listener of this.#listeners) listener();
  }
}
