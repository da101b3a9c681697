import type { Clock, Gossip, PeerId } from '../ports/index.ts';
import type { RosterEntry } from './swim/index.ts';

/** Asks nothing and answers nothing: that there is an answer is the answer. */
const PROBE_PROTOCOL = '/selvage/probe/1';
/** At one time; each may cost a handshake. Of a mesh that fails at once, the rest counts as not reached. */
export const MAX_STREAM_PROBES = 64;

const NOTHING = new Uint8Array(1); // an answer of no bytes could not be told from none

interface StreamProbesOptions {
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly isConnected: (id: PeerId) => boolean;
  readonly dial: (member: RosterEntry) => Promise<void>;
}

/**
 * Asks members over TCP whether they live: the last question before one is suspected, for networks that lose
 * datagrams only. Whoever answers has proved its key on that connection.
 */
export class StreamProbes {
  readonly #options: StreamProbesOptions;
  #running = 0;

  constructor(options: StreamProbesOptions) {
    this.#options = options;
  }

  /** Answers the others' probes. */
  serve(): void {
    this.#options.gossip.serve(PROBE_PROTOCOL, async () => NOTHING);
  }

  /** Did it answer in time? Never rejects. */
  async probe(member: RosterEntry, timeoutMs: number): Promise<boolean> {
    if (this.#running >= MAX_STREAM_PROBES) return false;
    this.#running += 1;
    const { clock } = this.#options;
    const timeout = Promise.withResolvers<boolean>();
    const timer = clock.after(timeoutMs, () => timeout.resolve(false));
    try {
      return await Promise.race([timeout.promise, this.#ask(member, timeoutMs)]);
    } finally {
      timer.cancel();
      this.#running -= 1;
    }
  }

  async #ask(member: RosterEntry, timeoutMs: number): Promise<boolean> {
    const { gossip, isConnected, dial } = this.#options;
    try {
      if (!isConnected(member.peerId)) await dial(member);
      await gossip.request(member.peerId, PROBE_PROTOCOL, NOTHING, { timeoutMs });
      return true;
    } catch {
      return false; // whatever the reason: it did not answer, which is what was asked
    }
  }
}
