import type { NodeName } from '../../core/index.ts';
import { openStore, scratchDirs } from '../../platform/index.ts';
import { FakeClock, recordingLog, seededRandom, visitsOver } from '../../ports/testing/index.ts';
import type { TrustFiles, TrustSigner } from '../repository/index.ts';
import { TrustSync } from '../sync/index.ts';
import { TrustStore } from '../trust-store.ts';
import { verified } from '../verification/index.ts';
import { countingMeter } from './counting-meter.ts';
import { LinkedGossip } from './linked-gossip.ts';
import { opened } from './mesh.ts';

/** A node as far as the trust repository goes. */
export class Member {
  readonly gossip: LinkedGossip;
  readonly store = new TrustStore(openStore(':memory:'));
  readonly clock = new FakeClock(Date.now());
  readonly meter = countingMeter();
  readonly log = recordingLog();
  readonly sync: TrustSync;

  private constructor(name: string, online: TrustSigner | undefined) {
    this.gossip = new LinkedGossip(name);
    this.sync = new TrustSync({
      node: name as NodeName,
      gossip: this.gossip,
      members: visitsOver(this.gossip),
      store: this.store,
      scratch: scratchDirs(),
      clock: this.clock,
      random: seededRandom(name.length),
      log: this.log,
      meter: this.meter,
      ...(online === undefined ? {} : { online }),
    });
  }

  /** A started member that holds `files`, as after a restart: however old they are. */
  static async of(name: string, files: TrustFiles, online?: TrustSigner): Promise<Member> {
    const member = new Member(name, online);
    const trust = verified(opened(files));
    if (!trust.ok) throw new Error(trust.error.detail);
    member.store.adopt(trust.value);
    member.sync.start();
    return member;
  }

  get version(): number {
    return this.store.current().version;
  }

  counted(result: string): number {
    return this.meter.values.get(`selvage_trust_updates_total ${result}`) ?? 0;
  }
}

const DEADLINE_MS = 45_000; // below the runner's own, so that the failure says what was awaited

/** Resolves when `condition` holds; fails loudly when it does not within some seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** As {@link until}, while time passes at these members: so many milliseconds of theirs at each look. */
export async function eventually(
  members: readonly Member[],
  what: string,
  condition: () => boolean,
  stepMs = 250,
): Promise<void> {
  await until(what, () => {
    if (condition()) return true;
    for (const { clock } of members) clock.advance(stepMs);
    return false;
  });
}
