import type {
  Clock,
  Counter,
  Gossip,
  Log,
  Meter,
  Peer,
  PeerId,
  Random,
  Timer,
} from '../../ports/index.ts';
import type { RecordStore } from '../record-store.ts';
import { ComparisonLine } from './comparison-line.ts';
import { HastyWriters } from './hasty-writers.ts';
import { type HeldState, heldState, isSameState } from './held-state.ts';
import { ASK_BACK_MS, COMPARISON_PERIOD_MS, SETTLING_MS } from './limits.ts';
import { PeerNotes } from './peer-notes.ts';
import { Pull, type PullOutcome, type PullParts, type PullResult } from './pull.ts';
import { RefusedLately } from './refused-lately.ts';
import { Showings } from './showings.ts';

export interface ComparisonsOptions {
  readonly records: RecordStore;
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * When this node compares its records with those of which peer: with each new one, with a random one every few
 * seconds, and with whoever asks and holds something else. A comparison brings only what the peer has; so after
 * one that brought what gossip had missed, and after it said something itself that does not go by gossip, this node
 * shows some others that it now holds more, and they ask back.
 */
export class Comparisons {
  readonly #options: ComparisonsOptions;
  readonly #pulls: PullParts;
  readonly #counter: Counter<'result'>;
  readonly #line = new ComparisonLine((peer) => this.#compare(peer));
  readonly #notes = new PeerNotes();
  readonly #showings = new Showings();
  /** Until a random peer is compared with. */
  #turn: Timer | undefined;
  readonly #timers = new Set<Timer>();
  /** Whom to ask back soon: at most those that are connected. */
  readonly #askingBack = new Set<PeerId>();
  #isShowing = false;
  #isStopped = false;

  constructor(options: ComparisonsOptions) {
    const { clock, meter } = options;
    this.#options = options;
    this.#pulls = {
      ...options,
      refused: new RefusedLately(clock),
      hasty: new HastyWriters(clock),
      awaited: new Set(),
      isStopped: () => this.#isStopped,
    };
    this.#counter = meter.counter({
      name: 'selvage_record_comparisons_total',
      help: 'Comparisons of records with a peer: how each ended',
      labels: ['result'],
    });
  }

  start(): void {
    this.#nowAndThen();
  }

  stop(): void {
    this.#isStopped = true;
    this.#turn?.cancel();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#line.clear();
  }

  /**
   * A peer has connected. Of the two, one asks at once and the other when gossip has settled: either question
   * shows what its asker holds, and is asked back where the other holds something else.
   */
  met(peer: PeerId): void {
    if (this.#options.gossip.self < peer) this.#with(peer);
    else this.#later(SETTLING_MS, () => this.#with(peer));
  }

  /** A peer compares with us, and holds the same. */
  agreed(peer: PeerId, state: HeldState): void {
    this.#notes.settled(peer, state, state, this.#options.clock.monotonic());
  }

  /** A peer compares with us, and holds this. */
  heard(peer: PeerId, theirs: HeldState): void {
    const ours = heldState(this.#options.records);
    if (isSameState(ours, theirs)) {
      this.agreed(peer, ours);
      return;
    }
    if (this.#isStopped || this.#askingBack.has(peer) || this.#isSettled(peer, theirs)) return;
    this.#askingBack.add(peer);
    this.#soon(ASK_BACK_MS, () => {
      this.#askingBack.delete(peer);
      // Mostly it was ahead of gossip by an instant.
      if (!isSameState(heldState(this.#options.records), theirs)) this.#with(peer);
    });
  }

  /** This node said something that does not go by gossip. */
  said(): void {
    this.#showings.said();
    this.#show();
  }

  /** A pull for another purpose, under the same bounds; undefined when this node could not store what came. */
  async pull(peer: PeerId, run: (pull: Pull) => Promise<PullOutcome>) {
    try {
      return await run(new Pull(peer, this.#pulls));
    } catch (error) {
      // Our own disk is full, say: what is in force stays so, and a later comparison tries again.
      this.#options.log.error('records of a peer could not be stored', { peerId: peer, error });
      return undefined;
    }
  }

  #nowAndThen(): void {
    if (this.#isStopped) return;
    const { clock, random } = this.#options;
    this.#turn = clock.after(COMPARISON_PERIOD_MS * (1 + random.fraction()), this.#takeTurn);
  }

  readonly #takeTurn = (): void => {
    const chosen = this.#anyone();
    if (chosen !== undefined) this.#with(chosen);
    this.#nowAndThen();
  };

  /** A random peer of those that are not left alone: mostly the first that is looked at. */
  #anyone(isWanted: (peer: PeerId) => boolean = () => true): PeerId | undefined {
    const { gossip, clock, random } = this.#options;
    const now = clock.monotonic();
    const mayBe = ({ id }: Peer): boolean => !this.#notes.rests(id, now) && isWanted(id);
    const oneOf = (peers: readonly Peer[]): Peer | undefined =>
      peers[Math.floor(random.fraction() * peers.length)];
    const first = oneOf(gossip.peers());
    if (first === undefined || mayBe(first)) return first?.id;
    return oneOf(gossip.peers().filter(mayBe))?.id;
  }

  #with(peer: PeerId): void {
    if (!this.#isStopped) this.#line.add(peer);
  }

  async #compare(peer: PeerId): Promise<void> {
    const { records, clock } = this.#options;
    const now = clock.monotonic();
    if (this.#isStopped || this.#notes.rests(peer, now)) return;
    const isNews = !this.#notes.wasCompared(peer, heldState(records), now);
    const outcome = await this.pull(peer, (pull) =>
      pull.compare((theirs) => this.#isSettled(peer, theirs), { isNews }),
    );
    if (this.#isStopped) return;
    this.#counter.add({ result: outcome?.result ?? 'not-stored' });
    if (outcome !== undefined) this.#ended(peer, outcome);
  }

  #ended(peer: PeerId, outcome: PullOutcome): void {
    const { records, clock, log } = this.#options;
    const { result, stored, missedByGossip, exhausted } = outcome;
    if (stored > 0) log.debug('records learned by comparison', { peerId: peer, stored, result });
    if (result === 'same') this.#showings.wasKnown();
    if (missedByGossip) {
      this.#showings.learned();
      this.#show();
    }
    const isFailure = FAILURES.has(result);
    if (stored > 0 || !isFailure) this.#notes.answered(peer);
    if (isFailure) this.#failed(peer, outcome);
    if (exhausted !== undefined) {
      this.#notes.settled(peer, heldState(records), exhausted, clock.monotonic());
    }
  }

  /** One that fails does so again and again; a stack would be about our side only. */
  #failed(peer: PeerId, { result, reason }: PullOutcome): void {
    const { gossip, log, clock } = this.#options;
    const name = gossip.peers().find(({ id }) => id === peer)?.name;
    if (name === undefined) return; // it went away meanwhile, which is told where peers are
    const isNews = this.#notes.failed(peer, clock.monotonic());
    log[isNews ? 'warn' : 'debug']('comparison of records failed', { peer: name, result, reason });
  }

  #show(): void {
    if (!this.#isShowing) this.#showNext();
  }

  /** To those alone who have not seen it yet, as far as is known. */
  #showNext(): void {
    const { paceMs } = this.#showings;
    this.#isShowing = paceMs !== undefined;
    if (paceMs === undefined) return;
    this.#soon(paceMs, () => {
      const ours = heldState(this.#options.records);
      const now = this.#options.clock.monotonic();
      const chosen = this.#anyone((peer) => !this.#notes.wasCompared(peer, ours, now));
      if (chosen === undefined) this.#showings.end();
      else if (this.#showings.take(now)) this.#with(chosen);
      this.#showNext();
    });
  }

  #isSettled(peer: PeerId, theirs: HeldState): boolean {
    const { records, clock } = this.#options;
    const ours = heldState(records);
    return (
      isSameState(ours, theirs) || this.#notes.isSettled(peer, ours, theirs, clock.monotonic())
    );
  }

  /** After this time, plus up to as much again, so that members do not keep step. */
  #soon(delayMs: number, run: () => void): void {
    this.#later(delayMs * (1 + this.#options.random.fraction()), run);
  }

  #later(delayMs: number, run: () => void): void {
    if (this.#isStopped) return;
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }
}

/** After these a peer is left alone for a while. */
const FAILURES: ReadonlySet<PullResult> = new Set(['slow', 'costly', 'unanswered', 'nonsense']);
