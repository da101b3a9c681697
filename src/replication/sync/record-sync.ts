import type { NodeName } from '../../core/index.ts';
import type { Peer } from '../../ports/index.ts';
import type { RecordChange } from '../record-change.ts';
import { answerSync } from './answers.ts';
import { CatchUp } from './catch-up.ts';
import { Comparisons, type ComparisonsOptions } from './comparisons.ts';
import { Deliverers } from './deliverers.ts';
import { heldState } from './held-state.ts';
import { decodeRequest, isSameBytes, SYNC_PROTOCOL } from './messages.ts';
import { Upkeep } from './upkeep.ts';

export const RECORD_TOPIC = 'selvage/records/1';

export type RecordSyncOptions = ComparisonsOptions;

/**
 * Spreads this node's records and gathers those of others: by gossip as they change, and by comparison, which
 * finds what gossip lost.
 */
export class RecordSync {
  readonly #options: RecordSyncOptions;
  readonly #comparisons: Comparisons;
  readonly #upkeep: Upkeep;
  #catchUp: CatchUp | undefined;
  #hasCaughtUp = false;
  #isStopped = false;

  constructor(options: RecordSyncOptions) {
    this.#options = options;
    this.#comparisons = new Comparisons(options);
    this.#upkeep = new Upkeep({ ...options, isHeldUp: () => this.#catchUp !== undefined });
  }

  start(): void {
    const { records, gossip, clock } = this.#options;
    records.onChange((changes) => {
      this.#spread(changes);
      this.#upkeep.changed();
    });
    const deliverers = new Deliverers(clock);
    gossip.subscribe(RECORD_TOPIC, (message, from) =>
      deliverers.verdict(records.accept(message, from), from),
    );
    gossip.serve(SYNC_PROTOCOL, async (bytes, from) => this.#answer(bytes, from));
    gossip.onPeers(({ peer, connected }) => {
      if (connected) this.#met(peer);
    });
    for (const peer of gossip.peers()) this.#met(peer);
    this.#upkeep.start();
    this.#comparisons.start();
  }

  stop(): void {
    this.#isStopped = true;
    this.#upkeep.stop();
    this.#comparisons.stop();
    this.#catchUp?.end();
  }

  /**
   * Resolves when a few peers have told what they hold of this node's records, so that whatever it writes from
   * then on is newer than all that it ever wrote; within seconds when they cannot be reached, at once when
   * `others`, the number of other members that this node knows of, is 0, and when it is stopped. Call it right
   * after {@link start}, and write nothing while {@link mayWrite} is false.
   */
  async catchUp(self: NodeName, others: number): Promise<void> {
    const catchUp = new CatchUp({
      clock: this.#options.clock,
      others,
      ask: async (peer) => {
        const outcome = await this.#comparisons.pull(peer, (pull) => pull.writer(self));
        return outcome !== undefined && outcome.reason === undefined;
      },
    });
    this.#catchUp = catchUp;
    for (const { id } of this.#options.gossip.peers()) catchUp.met(id);
    await catchUp.ended;
    this.#catchUp = undefined;
    this.#hasCaughtUp = true;
  }

  /** Not before it has caught up, and not when it is stopped. */
  get mayWrite(): boolean {
    return this.#hasCaughtUp && !this.#isStopped;
  }

  #met(peer: Peer): void {
    this.#catchUp?.met(peer.id);
    this.#comparisons.met(peer.id);
  }

  #answer(bytes: Uint8Array, from: Peer): Uint8Array {
    const { records } = this.#options;
    const ours = heldState(records);
    if (isSameBytes(bytes, ours.question)) {
      this.#comparisons.agreed(from.id, ours);
      return ours.agreement;
    }
    const request = decodeRequest(bytes);
    if (!request.ok) throw new TypeError(request.error);
    if (request.value.ask === 'state') this.#comparisons.heard(from.id, request.value);
    return answerSync(records, request.value);
  }

  /** What this node says itself. */
  #spread(changes: readonly RecordChange[]): void {
    for (const { bytes, origin } of changes) {
      if (bytes === undefined || origin === 'others') continue;
      if (origin === 'own-urgent') this.#publish(bytes);
      else this.#comparisons.said();
    }
  }

  #publish(bytes: Uint8Array): void {
    if (this.#isStopped) return;
    const { gossip, log } = this.#options;
    gossip.publish(RECORD_TOPIC, bytes).catch((error: unknown) => {
      log.warn('a record was not published; peers find it by comparison', { error });
    });
  }
}
