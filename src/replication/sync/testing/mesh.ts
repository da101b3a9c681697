import type { NodeName } from '../../../core/index.ts';
import type { Gossip, PeerId } from '../../../ports/index.ts';
import {
  eventually,
  FakeClock,
  GossipNetwork,
  recordingLog,
  seededRandom,
} from '../../../ports/testing/index.ts';
import { Member, TestAuthority } from '../../testing/members.ts';
import { SYNC_PROTOCOL } from '../messages.ts';
import { RecordSync } from '../record-sync.ts';

/** Members that compare their records over a network within the test, on a clock that the test moves. */
export class SyncMesh {
  readonly clock = new FakeClock();
  readonly authority = new TestAuthority();
  readonly network = new GossipNetwork();
  #members = 0;

  /** A member that runs, connected to nobody. */
  start(name: string): SyncMember {
    const { clock, authority } = this;
    return this.run(new Member(name, { clock, authority }));
  }

  run(member: Member): SyncMember {
    return new SyncMember(this, member, this.#members++);
  }

  /** Lets time pass in small steps, and whatever falls due in each come to its end. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      this.clock.advance(50);
      await settle();
    }
  }
}

/** Lets promises that wait for nothing but each other come to their end. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A member, what it asked and was answered, and what it counted. */
export class SyncMember {
  readonly member: Member;
  readonly gossip: Gossip;
  readonly sync: RecordSync;
  readonly log = recordingLog();
  /** Questions of comparisons, and the bytes of these and of their answers. */
  readonly asked = { questions: 0, bytes: 0 };

  constructor({ clock, network }: SyncMesh, member: Member, seed: number) {
    this.member = member;
    const host = withTimeouts(network.join(member.name), clock);
    this.gossip = host;
    const request = host.request.bind(host);
    host.request = async (peer, protocol, question, options) => {
      const answer = await request(peer, protocol, question, options);
      if (protocol === SYNC_PROTOCOL) {
        this.asked.questions++;
        this.asked.bytes += question.length + answer.length;
      }
      return answer;
    };
    this.sync = new RecordSync({
      records: member.records,
      gossip: host,
      clock,
      random: seededRandom(seed),
      log: this.log,
      meter: member.meter,
    });
    this.sync.start();
  }

  get name(): NodeName {
    return this.member.name;
  }

  get records() {
    return this.member.records;
  }

  get id(): PeerId {
    return this.gossip.self;
  }

  /** Its process ends. */
  async end(): Promise<void> {
    this.sync.stop();
    await this.gossip.stop();
  }

  async meet(...others: readonly { readonly gossip: Gossip }[]): Promise<void> {
    for (const { gossip } of others) await this.gossip.dial(gossip.self, []);
  }

  /** How many comparisons ended so. */
  ended(result: string): number {
    return this.member.meter.value('selvage_record_comparisons_total', { result }) ?? 0;
  }
}

/** Rejects requests that are not answered in time, as real ones are. */
export function withTimeouts(host: Gossip, clock: FakeClock): Gossip {
  const request = host.request.bind(host);
  host.request = (peer, protocol, question, options) =>
    inTime(clock, options.timeoutMs, request(peer, protocol, question, options));
  return host;
}

async function inTime<T>(clock: FakeClock, timeoutMs: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = clock.after(timeoutMs, () => late.reject(new Error(`none in ${timeoutMs} ms`)));
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    timer.cancel();
  }
}

export const areSame = (...members: readonly SyncMember[]): boolean =>
  new Set(members.map(({ records }) => records.digest())).size === 1;

export const same = (...members: readonly SyncMember[]) =>
  eventually('all hold the same', () => areSame(...members));
