import type { PeerId } from '../../ports/index.ts';
import { MAX_EXCHANGES, MAX_EXCHANGES_PER_PEER } from './limits.ts';

/** One request's place among those that are answered now. */
export interface Place {
  readonly peer: PeerId;
  /** The peer has yet to send the rest of its request, or to take the rest of its answer. */
  waitsForPeer: boolean;
  /** Called when the place went to another. */
  readonly giveWay: () => void;
}

/** The places of one protocol's requests: nobody can hold them all by sending slowly. */
export class Places {
  /** In the order in which they came. */
  readonly #taken = new Set<Place>();

  /**
   * A place for a request that begins to come, or undefined when there is none. One that waits for its peer gives
   * way when all are taken: the oldest of the peer that has the most of those.
   */
  take(peer: PeerId, giveWay: () => void): Place | undefined {
    if (this.#of(peer, this.#taken).length >= MAX_EXCHANGES_PER_PEER) return undefined;
    if (this.#taken.size >= MAX_EXCHANGES) {
      const slow = this.#slowest();
      if (slow === undefined) return undefined;
      this.#taken.delete(slow);
      slow.giveWay();
    }
    const place = { peer, waitsForPeer: true, giveWay };
    this.#taken.add(place);
    return place;
  }

  leave(place: Place): void {
    this.#taken.delete(place);
  }

  #slowest(): Place | undefined {
    const waiting = [...this.#taken].filter(({ waitsForPeer }) => waitsForPeer);
    const countOf = ({ peer }: Place): number => this.#of(peer, waiting).length;
    const most = Math.max(...waiting.map(countOf));
    return waiting.find((place) => countOf(place) === most);
  }

  #of(peer: PeerId, places: Iterable<Place>): readonly Place[] {
    return [...places].filter((place) => place.peer === peer);
  }
}
