import type {
  Clock,
  Counter,
  Gossip,
  Log,
  Meter,
  PeerId,
  Random,
  Timer,
  TopicVerdict,
} from '../ports/index.ts';
import type { Acceptance } from './record-judge.ts';
import type { RecordStore } from './record-store.ts';
import { answerSync } from './sync-answers.ts';
import { SYNC_PROTOCOL } from './sync-messages.ts';
import { pullFrom } from './sync-pull.ts';

export const RECORD_TOPIC = 'selvage/records/1';

/** How often expiry and refreshing are looked at. */
const MAINTENANCE_PERIOD_MS = 1_000;
/** Between two comparisons with a random peer: this, plus up to as much again. */
const COMPARISON_PERIOD_MS = 1_500;
/** After a peer connected, until gossip knows what it subscribed to: what fell between is found then. */
const SETTLING_MS = 1_000;

export interface RecordSyncOptions {
  readonly records: RecordStore;
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Spreads this node's records and gathers those of others: by gossip as they change, and by
 * comparison with each new peer, and with a random one every few seconds, so that what gossip
 * lost is found.
 */
export class RecordSync {
  readonly #options: RecordSyncOptions;
  readonly #comparisons: Counter<'result'>;
  /** Peers to compare with next: at most those that are connected. */
  readonly #queue = new Set<PeerId>();
  readonly #timers = new Set<Timer>();
  /** Peers whose last comparison failed, which is told once. At most those that are connected. */
  readonly #failing = new Set<PeerId>();
  #isPulling = false;
  #isStopped = false;

  constructor(options: RecordSyncOptions) {
    this.#options = options;
    this.#comparisons = options.meter.counter({
      name: 'selvage_record_comparisons_total',
      help: 'Comparisons of records with a peer: how each ended',
      labels: ['result'],
    });
  }

  start(): void {
    const { records, gossip, clock } = this.#options;
    records.onChange((changes) => {
      for (const { id, own } of changes) if (own) this.#publish(records.bytesOf(id));
    });
    gossip.subscribe(RECORD_TOPIC, (message, from) => verdictOf(records.accept(message, from)));
    gossip.serve(SYNC_PROTOCOL, async (request) => answerSync(records, request));
    gossip.onPeers(({ peer, connected }) => {
      if (!connected) {
        this.#failing.delete(peer.id);
        return;
      }
      this.#compareWith(peer.id);
      this.#later(SETTLING_MS, () => this.#compareWith(peer.id));
    });
    for (const peer of gossip.peers()) this.#compareWith(peer.id);
    this.#timers.add(clock.every(MAINTENANCE_PERIOD_MS, () => this.#maintain()));
    this.#compareNowAndThen();
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#queue.clear();
  }

  #maintain(): void {
    try {
      this.#options.records.maintain();
    } catch (error) {
      // A full disk, say: what is in force stays so, and the next turn tries again.
      this.#options.log.error('records could not be kept up', { error });
    }
  }

  #publish(bytes: Uint8Array | undefined): void {
    if (bytes === undefined || this.#isStopped) return;
    const { gossip, log } = this.#options;
    gossip.publish(RECORD_TOPIC, bytes).catch((error: unknown) => {
      log.warn('a record was not published; peers find it by comparison', { error });
    });
  }

  #compareNowAndThen(): void {
    const { random, gossip } = this.#options;
    this.#later(COMPARISON_PERIOD_MS * (1 + random.fraction()), () => {
      const peers = gossip.peers();
      const chosen = peers[Math.floor(random.fraction() * peers.length)];
      if (chosen !== undefined) this.#compareWith(chosen.id);
      this.#compareNowAndThen();
    });
  }

  #later(delayMs: number, run: () => void): void {
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  /** One comparison at a time, so that a burst of new peers does not ask all for the same. */
  #compareWith(peer: PeerId): void {
    const isConnected = this.#options.gossip.peers().some(({ id }) => id === peer);
    if (this.#isStopped || !isConnected) return;
    this.#queue.add(peer);
    if (!this.#isPulling) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isPulling = true;
    for (const peer of this.#queue) {
      this.#queue.delete(peer);
      await this.#compare(peer);
    }
    this.#isPulling = false;
  }

  async #compare(peer: PeerId): Promise<void> {
    const { gossip, records, clock, log } = this.#options;
    try {
      const stored = await pullFrom(peer, records, gossip, clock);
      this.#failing.delete(peer);
      this.#comparisons.add({ result: stored > 0 ? 'learned' : 'nothing-new' });
      if (stored > 0) log.debug('records learned by comparison', { peerId: peer, stored });
    } catch (error) {
      if (this.#isStopped) return;
      this.#comparisons.add({ result: 'failed' });
      this.#tellFailure(peer, error);
    }
  }

  /** A peer that refuses us does so every few seconds; a stack would be about our side only. */
  #tellFailure(peer: PeerId, error: unknown): void {
    const { log, gossip } = this.#options;
    const name = gossip.peers().find(({ id }) => id === peer)?.name;
    if (name === undefined) return; // it went away meanwhile, which is told where peers are
    const isNews = !this.#failing.has(peer);
    this.#failing.add(peer);
    const reason = error instanceof Error ? error.message : String(error);
    log[isNews ? 'warn' : 'debug']('comparison of records failed', { peer: name, reason });
  }
}

/** What no honest member forwards counts against the one who did; what time explains does not. */
function verdictOf(acceptance: Acceptance): TopicVerdict {
  if (acceptance.outcome === 'stored' || acceptance.outcome === 'evidence') return 'accept';
  if (acceptance.outcome === 'known') return 'ignore';
  const { reason } = acceptance;
  const isForged = reason === 'malformed' || reason === 'signature' || reason === 'too-large';
  return isForged ? 'reject' : 'ignore';
}
