import {
  type Namespace,
  type NodeName,
  parseTrustDomain,
  type TrustDomain,
} from '../../core/index.ts';
import { generatePrivateKey, sha256Hex } from '../../crypto/index.ts';
import { steadyAuthority } from '../../crypto/testing/index.ts';
import { type DraftParams, initTrust, publishChange } from '../change/index.ts';
import {
  createGovernorKey,
  offerOf,
  openRepository,
  type Repository,
  type SignedChange,
  signerOf,
  type TrustFiles,
  type TrustOffer,
  type TrustSigner,
} from '../repository/index.ts';
import { encodeTarget, type TargetContent } from '../resources/index.ts';
import type { Target } from '../target.ts';
import type { AuthorityTarget } from '../trust-set.ts';
import { person, proposed, signedBy } from './people.ts';

/** An authority as a test needs it: what is published of it, and the key that it signs with. */
export interface TestAuthority {
  readonly target: AuthorityTarget;
  readonly online: TrustSigner;
}

const certificates = new Map<string, string>();

/** The CA certificate of a node: the same each time, so that what names it has one content. */
function certificateOf(name: string, domain: TrustDomain): string {
  const place = `${domain} ${name}`;
  const pem = certificates.get(place) ?? steadyAuthority(name as NodeName, domain); // a label, by inspection
  certificates.set(place, pem);
  return pem;
}

export function makeAuthority(
  name: string,
  online: TrustSigner = signerOf(generatePrivateKey('ed25519')),
  domain = trustDomain(),
): TestAuthority {
  return {
    target: {
      node: name as NodeName, // a label, by inspection
      onlineKey: online.publicKey,
      certificates: [{ pem: certificateOf(name, domain) }],
      namespaces: 'any',
      tokenKeys: [],
    },
    online,
  };
}

export function trustDomain(text = 'shop.example'): TrustDomain {
  const parsed = parseTrustDomain(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** One mesh with one governor and the authority n1, founded now. */
export class TestMesh {
  readonly trustDomain: TrustDomain;
  readonly governor = signerOf(createGovernorKey());
  readonly n1: TestAuthority;
  readonly founded: TrustFiles;

  constructor(now: number = Date.now(), domain = 'shop.example') {
    this.trustDomain = trustDomain(domain);
    this.n1 = makeAuthority('n1', undefined, this.trustDomain);
    this.founded = initTrust({
      trustDomain: this.trustDomain,
      governor: this.governor,
      authority: this.n1.target,
      online: this.n1.online,
      now,
    });
  }

  /** SHA-256 of the first root, as a join token names it. */
  get pin(): string {
    return sha256Hex(this.founded.roots[0] ?? new Uint8Array());
  }

  draft(
    held: TrustFiles,
    put: readonly TargetContent[],
    remove: readonly string[] = [],
    now = Date.now(),
  ): SignedChange {
    const targets = put.map((content) => encodeTarget(content, this.trustDomain));
    return this.#signed(held, { put: targets, remove, now });
  }

  /** Signs and publishes a change as the governor and `online` (n1) would. */
  publish(
    held: TrustFiles,
    put: readonly TargetContent[],
    remove: readonly string[] = [],
    online = this.n1.online,
    now = Date.now(),
  ): TrustFiles {
    return publishChange({ held, change: this.draft(held, put, remove, now), online, now });
  }

  /** As {@link publish}, with bytes that this version would not write. */
  publishTargets(held: TrustFiles, put: readonly Target[], now = Date.now()): TrustFiles {
    const change = this.#signed(held, { put, now });
    return publishChange({ held, change, online: this.n1.online, now });
  }

  #signed(held: TrustFiles, draft: Partial<DraftParams>): SignedChange {
    return signedBy(held, proposed(held, draft), [person('governor', this.governor)]);
  }
}

export const policy = (
  name: string,
  text = 'permit(principal, action, resource);',
  namespace?: Namespace,
): TargetContent => ({
  kind: 'Policy',
  policy: { name, text, ...(namespace === undefined ? {} : { namespace }) },
});

/** All of `files` as an offer, with some of it exchanged. */
export const offer = (files: TrustFiles, change: Partial<TrustOffer> = {}): TrustOffer => ({
  ...offerOf(files),
  ...change,
});

export function opened(files: TrustFiles): Repository {
  const repository = openRepository(files);
  if (!repository.ok) throw new Error(repository.error.detail);
  return repository.value;
}
