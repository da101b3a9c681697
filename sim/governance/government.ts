import type { Namespace } from '../../src/core/index.ts';
import { sha256Hex } from '../../src/crypto/index.ts';
import {
  assembleChange,
  type DraftParams,
  delegatedRole,
  draftProposal,
  encodeTarget,
  initTrust,
  openHeld,
  type Proposal,
  publishChange,
  type SignedChange,
  signProposal,
  type TargetsRole,
  type TrustFiles,
  type TrustSigner,
} from '../../src/governance/index.ts';
import {
  makeAuthority,
  type Person,
  person,
  policy,
  signers,
  type TestAuthority,
  trustDomain,
} from '../../src/governance/testing/index.ts';
import type { NodeIndex } from '../witness/index.ts';
import { nodeNameOf } from '../witness/index.ts';
import { type SimRandom, WORLD_EPOCH } from '../world/index.ts';
import { SignatureLedger } from './signature-ledger.ts';
import { signingKey } from './signing-key.ts';

/** Those who sign one list, and how many of them must. */
export interface Body {
  readonly people: readonly Person[];
  readonly threshold: number;
}

/** Founded an hour before the run. */
const FOUNDED_AT = WORLD_EPOCH - 60 * 60 * 1_000;

/** DNS labels, so the casts hold. */
export const TEAMS: readonly Namespace[] = ['payments', 'orders', 'stock'].map(
  (name) => name as Namespace,
);

export const ROLES: readonly TargetsRole[] = ['targets', ...TEAMS.map(delegatedRole)];

/**
 * The people of a mesh, their keys, and what they founded: five governors of whom three must sign, three teams with
 * a namespace each of whom two of three must, and authorities. Whatever anybody signs goes through here.
 */
export class Government {
  readonly ledger = new SignatureLedger();
  readonly authorities: ReadonlyMap<NodeIndex, TestAuthority>;
  readonly founded: TrustFiles;
  readonly #bodies: ReadonlyMap<TargetsRole, Body>;
  readonly #trustDomain = trustDomain('sim.example');

  constructor(authorities: readonly NodeIndex[], random: SimRandom) {
    const body = (name: string, size: number, threshold: number): Body => ({
      people: Array.from({ length: size }, (_, i) => {
        const who = `${name}${i + 1}`;
        return person(who, signingKey(random.fork(`key of ${who}`)));
      }),
      threshold,
    });
    const teams = TEAMS.map((team) => [delegatedRole(team), body(`${team}-`, 3, 2)] as const);
    this.#bodies = new Map<TargetsRole, Body>([['targets', body('governor', 5, 3)], ...teams]);
    this.authorities = new Map(
      authorities.map((node) => {
        const online = signingKey(random.fork(`online key of ${nodeNameOf(node)}`));
        return [node, makeAuthority(nodeNameOf(node), online, this.#trustDomain)];
      }),
    );
    this.founded = this.#found();
  }

  bodyOf(role: TargetsRole): Body {
    const body = this.#bodies.get(role);
    if (body === undefined) throw new RangeError(`nobody signs ${role}`);
    return body;
  }

  /** Did enough of those sign it whose list it is? */
  isSigned(role: TargetsRole, digest: string): boolean {
    const { people, threshold } = this.bodyOf(role);
    const keys = new Set(people.map(({ publicKey }) => publicKey));
    return this.ledger.countOf(digest, keys) >= threshold;
  }

  /** A rule with this name in `role`'s list, drafted on top of `held` and signed by these, enough or not. */
  rule(
    held: TrustFiles,
    role: TargetsRole,
    name: string,
    by: readonly Person[],
    now: number,
  ): SignedChange {
    const text = `permit(principal, action, resource); // ${name}`;
    const team = TEAMS.find((namespace) => delegatedRole(namespace) === role);
    const put = [encodeTarget(policy(name, text, team), this.#trustDomain)];
    return this.signed(held, { put, now }, by);
  }

  /** An authority, and its online key with it, is taken out. */
  removal(held: TrustFiles, authority: NodeIndex, now: number): SignedChange {
    const remove = [`authorities/${nodeNameOf(authority)}.json`];
    return this.signed(held, { remove, now }, this.bodyOf('targets').people);
  }

  signed(
    held: TrustFiles,
    draft: Partial<DraftParams> & { readonly now: number },
    by: readonly Person[],
  ): SignedChange {
    const proposal = draftProposal({ put: [], remove: [], reason: '', ...draft, held });
    if (proposal === undefined) throw new Error('nothing would change');
    const opened = openHeld(held);
    const approvals = by.map((one) => {
      this.#note(proposal, one);
      return signProposal(opened, proposal, one.signer);
    });
    return assembleChange(opened, proposal, approvals);
  }

  #note({ parts }: Proposal, { publicKey }: Person): void {
    for (const { signed } of parts) this.ledger.signed(sha256Hex(signed), publicKey);
  }

  #found(): TrustFiles {
    const [first, ...others] = [...this.authorities.values()];
    const governors = this.bodyOf('targets');
    const [governor] = governors.people;
    if (first === undefined || governor === undefined) throw new Error('nobody to found it');
    const now = FOUNDED_AT;
    const held = initTrust({
      trustDomain: this.#trustDomain,
      governor: governor.signer,
      now,
      governorName: governor.name,
      authority: first.target,
      online: first.online,
    });
    const everybody = [...this.#bodies.values()].flatMap(({ people }) => people);
    const change = this.signed(
      held,
      {
        now,
        put: others.map(({ target }) =>
          encodeTarget({ kind: 'Authority', authority: target }, this.#trustDomain),
        ),
        governors: signers(governors.threshold, ...governors.people),
        delegations: TEAMS.map((namespace) => {
          const { people, threshold } = this.bodyOf(delegatedRole(namespace));
          return { namespace, to: signers(threshold, ...people) };
        }),
      },
      everybody,
    );
    return publishChange({ held, change, online: first.online, now });
  }
}

/** What an authority's online key signs with, where it is known. */
export const onlineOf = ({ authorities }: Government, node: NodeIndex): TrustSigner | undefined =>
  authorities.get(node)?.online;
