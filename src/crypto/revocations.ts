import type { NodeName, SpiffeId } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';

/**
 * What is good no more before its time. Never a hash of a whole certificate: whoever holds one can change the bits
 * of its ECDSA signature, and has another certificate that says the same (CVE-2026-25793).
 */
export type Revoked =
  /** What was signed for it up to then; what is started later gets it again. */
  | ({ readonly kind: 'workload'; readonly spiffeId: SpiffeId } & UpTo)
  /** What was signed up to then for the node, or for a workload by way of it, or later for a key that it had by then. */
  | ({ readonly kind: 'node'; readonly node: NodeName } & UpTo)
  /** All that the CA key ever signed and will, even when somebody lists it again. SHA-256 of its SubjectPublicKeyInfo, hex. */
  | { readonly kind: 'authority'; readonly keySha256: string }
  /** Whatever is for this key of a workload or a node: SHA-256 of its SubjectPublicKeyInfo, hex. */
  | { readonly kind: 'key'; readonly keySha256: string };

/** Up to an instant that is signed, and up to the moment in which it came into force at the one who signs for the name. */
export interface UpTo {
  readonly beforeMs: EpochMs;
  /** Version of the governors' list that brought it: SVIDs that were signed by an older list are not good either. */
  readonly version?: number;
}

/** A revocation as the governors signed it. `beforeMs` is a whole second, because X.509 knows no less. */
export type Revocation = Revoked & {
  readonly name: string;
  /** Why, for people. */
  readonly reason: string;
};

/** What one authority took back of what it signed itself, until that would have ended. */
export interface RevokedByAuthority {
  /** SHA-256 of the CA key's SubjectPublicKeyInfo, hex: of nothing that another key signed. */
  readonly authorityKeySha256: string;
  /** A certificate's serial number, or SHA-256 of a key's SubjectPublicKeyInfo; hex. */
  readonly what: { readonly serial: string } | { readonly keySha256: string };
  readonly untilMs: EpochMs;
}

/** What is known of something that an authority signed: an SVID, or a membership credential. */
export interface SignedFacts {
  readonly spiffeId: SpiffeId;
  readonly publicKeySha256: string;
  /** Of a certificate; a credential has none. */
  readonly serial?: string;
  readonly notBefore: EpochMs;
  readonly authorityKeySha256: string;
  /** For which node it is, or by way of which it was asked for. */
  readonly node?: NodeName;
  /**
   * Since when that node has the key that it is a member by, milliseconds since 1970: whatever is renewed for this
   * key is as old as that, so that a revoked node cannot renew itself out of its revocation.
   */
  readonly memberSinceMs?: EpochMs;
  /** Version of the governors' list by which its authority went when it signed; only SVIDs say so. */
  readonly trustVersion?: number;
}

/**
 * How much one authority may take back at a time. One that goes beyond has taken back everything: whether what it
 * named last is good can be known no more, so nothing that its key signed is.
 */
export const MAX_REVOKED_BY_AUTHORITY = 1_024;

/** Hexadecimal as it is written here: lower case, and of a serial number without leading zero octets. */
export const isKeySha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
export const isSerial = (text: string): boolean =>
  /^([0-9a-f]{2}){1,20}$/.test(text) && !/^00./.test(text); // RFC 5280 section 4.1.2.2

/** {@link Revocations} as they are told. */
export interface RevocationLists {
  readonly all: readonly Revoked[];
  readonly byAuthorities: readonly RevokedByAuthority[];
}

/** All that is revoked, as one value: each question is answered by a few looks into tables, however much it is. */
export class Revocations {
  static readonly none = new Revocations([], []);

  /** All of it, without what is for people, and of what overflowed no more than that it did: whoever is told gets a bounded part. */
  readonly lists: RevocationLists;
  /** CA keys that took back more than {@link MAX_REVOKED_BY_AUTHORITY}, hex. */
  readonly overflowed: ReadonlySet<string>;
  readonly #workloads = new Map<string, Required<UpTo>>();
  readonly #nodes = new Map<string, Required<UpTo>>();
  readonly #authorities = new Set<string>();
  readonly #keys = new Set<string>();
  /** `<authority's key> <serial or key>`. */
  readonly #byAuthorities = new Set<string>();

  constructor(all: readonly Revoked[], byAuthorities: readonly RevokedByAuthority[]) {
    for (const one of all) this.#add(one);
    const counts = new Map<string, number>();
    for (const { authorityKeySha256, what } of byAuthorities) {
      this.#byAuthorities.add(`${authorityKeySha256} ${nameOf(what)}`);
      counts.set(authorityKeySha256, (counts.get(authorityKeySha256) ?? 0) + 1);
    }
    const over = [...counts].filter(([, count]) => count > MAX_REVOKED_BY_AUTHORITY);
    this.overflowed = new Set(over.map(([key]) => key));
    const whole = over.map(([keySha256]) => ({ kind: 'authority', keySha256 }) as const);
    this.lists = {
      all: [...all.map(bare), ...whole],
      byAuthorities: byAuthorities.filter((one) => !this.overflowed.has(one.authorityKeySha256)),
    };
  }

  #add(one: Revoked): void {
    if (one.kind === 'workload') raise(this.#workloads, one.spiffeId, one);
    else if (one.kind === 'node') raise(this.#nodes, one.node, one);
    else (one.kind === 'key' ? this.#keys : this.#authorities).add(one.keySha256);
  }

  /** Why what was signed is good no more, in words; undefined when it is not revoked. */
  problemOf(signed: SignedFacts): string | undefined {
    const { spiffeId, publicKeySha256, serial, authorityKeySha256, node, notBefore } = signed;
    if (this.#authorities.has(authorityKeySha256))
      return `its authority's key ${short(authorityKeySha256)} is revoked`;
    if (this.overflowed.has(authorityKeySha256))
      return `its authority took back more than ${MAX_REVOKED_BY_AUTHORITY} of what it signed: all counts as revoked`;
    if (this.#keys.has(publicKeySha256)) return `its key ${short(publicKeySha256)} is revoked`;
    if (isBefore(this.#workloads.get(spiffeId), signed)) return `${spiffeId} was revoked after it`;
    const { memberSinceMs = notBefore } = signed;
    const since = { ...signed, notBefore: Math.min(notBefore, memberSinceMs) };
    if (node !== undefined && isBefore(this.#nodes.get(node), since))
      return `the node ${node} was revoked after it`;
    const taken = (what: string) => this.#byAuthorities.has(`${authorityKeySha256} ${what}`);
    if (serial !== undefined && taken(`serial ${serial}`))
      return `its authority took serial ${serial} back`;
    return taken(`key ${publicKeySha256}`)
      ? `its authority took all for key ${short(publicKeySha256)} back`
      : undefined;
  }

  /** Nothing that is signed for `spiffeId`, on `node`, may begin before this. Milliseconds since 1970; 0: no matter when. */
  earliestFor(spiffeId: SpiffeId, node: NodeName): EpochMs {
    return Math.max(this.earliestForWorkload(spiffeId), this.earliestForNode(node));
  }

  /** The same for a workload, wherever it runs: what holds of tokens, which do not say by way of which node. */
  earliestForWorkload(spiffeId: SpiffeId): EpochMs {
    return (this.#workloads.get(spiffeId)?.beforeMs ?? -1) + 1;
  }

  /** The same for what a node is known by. */
  earliestForNode(node: NodeName): EpochMs {
    return (this.#nodes.get(node)?.beforeMs ?? -1) + 1;
  }
}

function bare(one: Revoked): Revoked {
  if (one.kind === 'workload') return { kind: one.kind, spiffeId: one.spiffeId, ...upTo(one) };
  return one.kind === 'node'
    ? { kind: one.kind, node: one.node, ...upTo(one) }
    : { kind: one.kind, keySha256: one.keySha256 };
}

const upTo = ({ beforeMs, version }: UpTo): UpTo =>
  version === undefined ? { beforeMs } : { beforeMs, version };

function raise(
  all: Map<string, Required<UpTo>>,
  name: string,
  { beforeMs, version = 0 }: UpTo,
): void {
  const known = all.get(name) ?? { beforeMs: 0, version: 0 };
  all.set(name, {
    beforeMs: Math.max(known.beforeMs, beforeMs),
    version: Math.max(known.version, version),
  });
}

const isBefore = (
  revoked: Required<UpTo> | undefined,
  { notBefore, trustVersion }: Pick<SignedFacts, 'notBefore' | 'trustVersion'>,
): boolean =>
  revoked !== undefined &&
  (notBefore <= revoked.beforeMs || (trustVersion !== undefined && trustVersion < revoked.version));

const nameOf = (what: RevokedByAuthority['what']): string =>
  'serial' in what ? `serial ${what.serial}` : `key ${what.keySha256}`;

const short = (hex: string): string => `${hex.slice(0, 16)}…`;
