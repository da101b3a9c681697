import type { NodeName } from '../../core/index.ts';
import { sha256 } from '../../crypto/index.ts';
import {
  DatagramNetwork,
  FakeClock,
  GossipNetwork,
  recordingLog,
  recordingMeter,
  seededRandom,
} from '../../ports/testing/index.ts';
import type { KnownMember, Profile } from '../index.ts';
import { Membership, PROFILES } from '../index.ts';
import type { Twin } from '../twins.ts';
import { hashSeals } from './hash-seals.ts';

/** Milliseconds between two looks at promises: less than any timer that matters. */
const STEP_MS = 5;

/** Members of a mesh in one process and by one clock that stands still until it is moved. */
export class SmallMesh {
  readonly clock = new FakeClock();
  readonly gossip = new GossipNetwork();
  readonly datagrams = new DatagramNetwork(this.clock);
  readonly #profile: Profile;

  constructor(profile: Profile = PROFILES.local) {
    this.#profile = profile;
  }

  /** The `i`-th member as others know it. */
  known(i: number, epoch = 1): KnownMember {
    const name = `n${i}` as NodeName; // a label
    const addresses = [`/ip4/10.0.0.${i}/tcp/7600`];
    return {
      name,
      peerId: `peer-${name}`,
      publicKey: keyOf(name, epoch),
      epoch,
      boot: 1,
      addresses,
    };
  }

  /** Starts it at the `i`-th host, for the `boot`th time; it knows nobody yet. `as`: with the key of another. */
  start(i: number, { boot = 1, epoch = 1, as = i } = {}) {
    const { name, publicKey } = this.known(as, epoch);
    const [log, meter, gossip] = [recordingLog(), recordingMeter(), this.gossip.join(name)];
    const rivals: number[] = [];
    const twins: Twin[] = [];
    const starts = {
      boot,
      outlive: (rival: number) => {
        rivals.push(rival);
        starts.boot = Math.max(starts.boot, rival + 1);
      },
    };
    const membership = new Membership({
      self: { name, publicKey, epoch },
      listen: { host: `10.0.0.${i}`, port: 7600 },
      profile: this.#profile,
      starts,
      displaced: (by) => twins.push(by),
      seals: hashSeals(publicKey),
      gossip,
      log,
      meter,
      clock: this.clock,
      datagrams: this.datagrams.datagrams,
      random: seededRandom(i),
    });
    membership.start();
    return { membership, gossip, log, meter, rivals, twins, starts, name };
  }

  /** Starts the members 1 to `count`, who know each other. */
  of(count: number) {
    const all = Array.from({ length: count }, (_, i) => this.start(i + 1));
    const known = all.map((_, i) => this.known(i + 1));
    for (const { membership } of all) membership.learn(known);
    return all;
  }

  /** Lets time pass, and everything happen that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(STEP_MS);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
  }
}

const keyOf = (name: NodeName, epoch: number): Uint8Array =>
  sha256(new TextEncoder().encode(`${name} ${epoch}`));
