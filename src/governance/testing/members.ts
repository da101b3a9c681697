import type { TrustFiles, TrustSigner } from '../repository/index.ts';
import { Member } from './member.ts';

/** The members that a test starts, which hold `held` where nothing else is said; {@link stop} ends them. */
export class Members {
  readonly #held: TrustFiles;
  readonly #started: Member[] = [];

  constructor(held: TrustFiles) {
    this.#held = held;
  }

  /** One that publishes when it is given an online key. */
  async start(name: string, files = this.#held, online?: TrustSigner): Promise<Member> {
    const member = await Member.of(name, files, online);
    this.#started.push(member);
    return member;
  }

  stop(): void {
    for (const { sync } of this.#started.splice(0)) sync.stop();
  }
}
