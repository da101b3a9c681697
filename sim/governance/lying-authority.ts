import {
  delegatedRole,
  offerOf,
  type TrustFiles,
  type TrustSigner,
} from '../../src/governance/index.ts';
import { listSignedBy, publishedByLiar, TrustLies } from '../../src/governance/testing/index.ts';
import type { TrustDeed } from '../scenario/index.ts';
import type { SimProcess } from '../world/index.ts';
import { ConnectedLife, type GovernedLifeParts } from './governed-life.ts';
import { type Government, TEAMS } from './government.ts';

/** As high as numbers go. */
const LAST_VERSION = 2 ** 31 - 1;
/** So far above what is known a liar goes with each lie. */
const LEAP = 20;

export interface LiarParts extends GovernedLifeParts {
  readonly government: Government;
  readonly online: TrustSigner;
  /** What a peer of it holds: whatever is in force somewhere reaches a thief as well. */
  readonly overheard: () => TrustFiles;
}

/** An authority whose online key is in a thief's hands: it signs what it likes with it, and has nobody else's. */
export class LyingAuthority extends ConnectedLife {
  readonly #parts: LiarParts;
  readonly #life: SimProcess;
  readonly #lies: TrustLies;
  #told = 0;

  constructor(parts: LiarParts) {
    super(parts);
    this.#parts = parts;
    this.#life = parts.life;
    this.#lies = new TrustLies(this.gossip);
  }

  start(): void {
    this.#lies.hold(this.#parts.government.founded);
    this.overlay.start();
  }

  /** Signs something, hands it to whoever asks from now on, and says that it has news. */
  tell(deed: TrustDeed): void {
    this.#told++;
    const lie = this.#lie(deed);
    if (deed === 'unsigned-lists') this.#lies.offer(offerOf(lie));
    else this.#lies.hold(lie);
    const { roots } = this.#parts.government.founded;
    void this.#lies.boast(roots.length, this.#life.random.bytes(8));
  }

  #lie(deed: TrustDeed): TrustFiles {
    const { government, online, overheard } = this.#parts;
    const { founded } = government;
    const latest = overheard();
    const now = this.#life.clock.now();
    const version = LEAP * this.#told + 100;
    switch (deed) {
      case 'older-lists':
        return publishedByLiar(founded, online, { version, now });
      case 'two-under-one-number':
        return publishedByLiar(this.#told % 2 === 0 ? founded : latest, online, {
          version: LEAP * 100,
          now,
        });
      case 'unsigned-lists':
        return publishedByLiar(latest, online, { ...this.#unsigned(latest, now), version, now });
      case 'burned-numbers':
        return publishedByLiar(latest, online, { version: LAST_VERSION, now });
    }
  }

  /** A team's list that only one of it signed. */
  #unsigned(latest: TrustFiles, now: number) {
    const [team] = TEAMS;
    if (team === undefined) throw new Error('no team');
    const role = delegatedRole(team);
    const [one] = this.#parts.government.bodyOf(role).people;
    const list = listSignedBy(one === undefined ? [] : [one.signer], 1_000 + this.#told, [], {
      now,
      namespace: team,
    });
    return { delegated: new Map([...latest.delegated, [role, list] as const]) };
  }
}
