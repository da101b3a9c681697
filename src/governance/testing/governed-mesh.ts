import type { Namespace, TrustDomain } from '../../core/index.ts';
import { generatePrivateKey } from '../../crypto/index.ts';
import { initTrust } from '../change/index.ts';
import {
  type SignedChange,
  type Signers,
  signerOf,
  type TrustFiles,
  type TrustSigner,
  tufKey,
} from '../repository/index.ts';
import { encodeTarget, type TargetContent } from '../resources/index.ts';
import { makeAuthority, type TestAuthority, trustDomain } from './mesh.ts';
import { enacted, type Person, person, proposed, signedBy, signers } from './people.ts';

/** What a test changes, and who signs it. */
export interface TestChange {
  readonly put?: readonly TargetContent[];
  readonly remove?: readonly string[];
  readonly governors?: Signers;
  readonly delegations?: readonly { namespace: Namespace; to: Signers | undefined }[];
  readonly by: readonly Person[];
}

/** DNS labels, so the casts hold. */
export const payments = 'payments' as Namespace;
export const orders = 'orders' as Namespace;

const body = (name: string, size: number): readonly Person[] =>
  Array.from({ length: size }, (_, index) => person(`${name}${index + 1}`));

/**
 * A mesh with five governors of whom three must sign, the authorities n1, n2 and n3, whose turns come in this order,
 * and the namespaces payments and orders in the hands of a team each, two of whose three must sign.
 */
export class GovernedMesh {
  readonly trustDomain: TrustDomain = trustDomain();
  readonly governors = body('g', 5);
  readonly payments = body('p', 3);
  readonly orders = body('o', 3);
  readonly authorities: readonly [TestAuthority, TestAuthority, TestAuthority];
  readonly founded: TrustFiles;
  readonly now: number;

  constructor(now: number = Date.now()) {
    this.now = now;
    const keys = [1, 2, 3].map(() => signerOf(generatePrivateKey('ed25519')));
    const online = keys.toSorted((a, b) => (tufKey(a).keyID < tufKey(b).keyID ? -1 : 1));
    const [n1, n2, n3] = online.map((signer, index) => makeAuthority(`n${index + 1}`, signer));
    const [governor] = this.governors;
    if (!n1 || !n2 || !n3 || !governor) throw new Error('three authorities and five governors');
    this.authorities = [n1, n2, n3];
    const first = initTrust({
      trustDomain: this.trustDomain,
      governor: governor.signer,
      governorName: governor.name,
      authority: n1.target,
      online: n1.online,
      now,
    });
    this.founded = this.publish(first, {
      put: [n2, n3].map(({ target }) => ({ kind: 'Authority', authority: target })),
      governors: signers(3, ...this.governors),
      delegations: [
        { namespace: payments, to: signers(2, ...this.payments) },
        { namespace: orders, to: signers(2, ...this.orders) },
      ],
      by: [...this.governors, ...this.payments, ...this.orders],
    });
  }

  /** A change with the signatures of all in `by`, whether they are enough or not. */
  change(held: TrustFiles, change: TestChange, now = this.now): SignedChange {
    return signedBy(held, proposed(held, this.#draft(change, now)), change.by);
  }

  /** The same, published by an authority: by default the first. */
  publish(
    held: TrustFiles,
    change: TestChange,
    online: TrustSigner = this.authorities[0].online,
    now = this.now,
  ): TrustFiles {
    return enacted(held, this.#draft(change, now), change.by, online);
  }

  #draft({ put = [], by: _, ...change }: TestChange, now: number) {
    return { ...change, put: put.map((content) => encodeTarget(content, this.trustDomain)), now };
  }
}
