import { type HostOptions, SimHost } from './host.ts';
import { LAN, Network, type NetworkOptions } from './network.ts';
import { SimRandom } from './random.ts';
import { SimSeals } from './seals.ts';
import { type SlowSpells, slowDown } from './slow-spells.ts';
import { Timeline } from './timeline.ts';

export interface WorldOptions {
  /** Everything that happens follows from it. */
  readonly seed: number;
  readonly network?: NetworkOptions;
}

/**
 * Hosts, their network and their time, in one thread and from one seed: the same program in it does
 * the same in every run, to the last bit.
 */
export class World {
  readonly timeline = new Timeline();
  readonly network: Network;
  /** To be forked by name, never drawn from. */
  readonly random: SimRandom;
  readonly hosts: SimHost[] = [];
  readonly #seed: number;

  constructor({ seed, network = LAN }: WorldOptions) {
    this.#seed = seed;
    this.random = new SimRandom(seed);
    this.network = new Network(network, this.timeline, this.random.fork('network'));
  }

  /** Milliseconds since the world began. */
  get now(): number {
    return this.timeline.now;
  }

  addHost(options: HostOptions = {}): SimHost {
    const number = this.hosts.length;
    const place = {
      number,
      timeline: this.timeline,
      network: this.network,
      random: this.random.fork(`host ${number}`),
    };
    const host = new SimHost(place, options);
    this.hosts.push(host);
    this.network.attach(host);
    return host;
  }

  /** Signatures of the member with this key. */
  sealsOf(publicKey: Uint8Array): SimSeals {
    return new SimSeals(this.#seed, publicKey);
  }

  /** Lets `run` happen at `at`: faults, and whatever else comes from outside of all hosts. */
  at(at: number, run: () => void): void {
    this.timeline.add(at, { happen: run });
  }

  /** See {@link slowDown}. */
  slowDown(host: SimHost, spells: SlowSpells): () => void {
    const random = this.random.fork(`slow spells of host ${host.number} at ${this.now}`);
    return slowDown(host, spells, this.timeline, random);
  }

  /**
   * From now on the process on `host` reads each message between `fromMs` and `toMs` later than it came. Returns
   * what ends it.
   */
  readLate(host: SimHost, fromMs: number, toMs: number): () => void {
    const random = this.random.fork(`late reading of host ${host.number} at ${this.now}`);
    const { process: reader } = host;
    reader?.readLate(() => fromMs + (toMs - fromMs) * random.fraction());
    return () => reader?.readLate(undefined);
  }

  /** Lets all happen that is due until `endMs`. */
  runUntil(endMs: number): void {
    this.timeline.runUntil(endMs);
  }
}
