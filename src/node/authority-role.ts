import { err, type NodeName, ok, type Result, type SpiffeId } from '../core/index.ts';
import { type PrivateKey, Revocations, TrustBundle } from '../crypto/index.ts';
import {
  type AuthorityCertificate,
  type AuthorityTarget,
  bundleEntries,
  type RetiringAuthority,
  type TrustSet,
  type TrustStore,
  upheldAuthorities,
} from '../governance/index.ts';
import { Authority } from '../identity/index.ts';
import type { Clock, EpochMs, Log, Meter, Random } from '../ports/index.ts';
import { LoggingLedger } from '../telemetry/index.ts';
import { publicTokenKey } from './authority-keys.ts';
import type { DataDirectory } from './data-directory.ts';

export interface AuthorityRoleParts {
  readonly directory: DataDirectory;
  readonly trust: TrustStore;
  /** Why this host's clock is no measure for what is signed; undefined while it is. */
  readonly clockProblem: () => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** A key in force by which nodes' membership credentials are signed. */
export interface AuthorityKey {
  readonly node: NodeName;
  /** SHA-256 of its SubjectPublicKeyInfo, hex. */
  readonly keySha256: string;
  /** It is on its way out: past it nobody takes what it signed. */
  readonly untilMs?: EpochMs;
}

/** The key that signs JWT-SVIDs now. */
export interface TokenSigningKey {
  readonly kid: string;
  readonly key: PrivateKey<'p256'>;
}

/** An authority's certificates while one of them is on its way in. */
export interface Succession {
  /** Past it the key in use signs nothing that counts; undefined when it counts for nothing already. */
  readonly untilMs: EpochMs | undefined;
}

/**
 * The bundle in force, and whether this node's own CA is in it: only then is the node an authority. It
 * follows the trust repository, without a restart.
 */
export class AuthorityRole {
  readonly #parts: AuthorityRoleParts;
  #set: TrustSet;
  #bundle: TrustBundle;
  #signers: readonly AuthorityKey[];
  #own: Authority | undefined;

  constructor(parts: AuthorityRoleParts) {
    this.#parts = parts;
    this.#set = parts.trust.current();
    this.#bundle = this.#bundleOf(this.#set, new Revocations(this.#set.revocations, []));
    this.#signers = signersOf(this.#set, this.#bundle);
    this.#own = this.#ownIn(this.#set);
  }

  /** CA certificates of all authorities in force, and what is revoked. */
  bundle(): TrustBundle {
    return this.#bundle;
  }

  /** Whose credentials nodes can have. */
  signers(): readonly AuthorityKey[] {
    return this.#signers;
  }

  /** This node's own authority while the trust repository names it; another value when it signs with another key. */
  authority(): Authority | undefined {
    return this.#own;
  }

  /** The same, if it may sign for nodes: then it takes in new ones. */
  nodeAuthority(): Authority | undefined {
    return this.#target?.namespaces === 'any' ? this.#own : undefined;
  }

  /** The authority that signs for this ID now, or why this node signs nothing for it. */
  issuer(id: SpiffeId): Result<Authority, string> {
    const own = this.#own;
    const anchor = this.#bundle.anchors.find(({ pem }) => pem === own?.certificatePem);
    if (anchor?.mayName(id) === false) return err(`this node may not sign for ${id}`);
    return this.#allowed(own);
  }

  /** The key that signs tokens now, or why this node signs none. */
  tokenSigner(): Result<TokenSigningKey, string> {
    const { signing } = this.#parts.directory;
    const now = this.#parts.clock.now();
    const { kid } = publicTokenKey(signing.current);
    const isListed = this.#target?.tokenKeys.some((key) => key.kid === kid && isGood(key, now));
    return this.#allowed(isListed === true ? { kid, key: signing.current.token } : undefined);
  }

  /** What the trust repository says of this node as an authority. */
  get target(): AuthorityTarget | undefined {
    return this.#target;
  }

  /** The next keys are in force, and those in use sign still. */
  succession(): Succession | undefined {
    const { current, next } = this.#parts.directory.signing;
    const certificates = this.#target?.certificates ?? [];
    if (next === undefined || !certificates.some(({ pem }) => pem === next.certificatePem)) return;
    const inUse = certificates.find(({ pem }) => pem === current.certificatePem);
    if (inUse === undefined) return { untilMs: undefined };
    return { untilMs: inUse.untilMs ?? Number.POSITIVE_INFINITY };
  }

  /** From now on the next keys sign. */
  succeed(): void {
    const { directory, log } = this.#parts;
    directory.signing.promote();
    this.#own = this.#ownIn(this.#set);
    log.info('authority signs with its next keys', { keySha256: this.#own?.keySha256 });
  }

  /** Something else is revoked than before. */
  revoke(revocations: Revocations): void {
    this.#bundle = this.#bundle.revoking(revocations);
  }

  /** Takes up what came into force; true when this node became an authority or stopped being one. */
  follow(set: TrustSet): boolean {
    const before = this.#own;
    if (!isSame(upheldAuthorities(set), upheldAuthorities(this.#set))) {
      this.#bundle = this.#bundleOf(set, this.#bundle.revocations);
      this.#signers = signersOf(set, this.#bundle);
      this.#set = set;
      this.#own = this.#ownIn(set);
    }
    this.#set = set;
    const hasChanged = (before === undefined) !== (this.#own === undefined);
    if (hasChanged) {
      this.#parts.log.info('authority role changed', { authority: this.#own !== undefined });
    }
    return hasChanged;
  }

  get #target(): AuthorityTarget | undefined {
    const { node } = this.#parts.directory.identity;
    return this.#set.authorities.find((authority) => authority.node === node);
  }

  #allowed<T>(signer: T | undefined): Result<T, string> {
    if (signer === undefined) return err('this node is no authority');
    const problem = this.#parts.clockProblem();
    return problem === undefined ? ok(signer) : err(problem);
  }

  #bundleOf(set: TrustSet, revocations: Revocations): TrustBundle {
    const bundle = new TrustBundle(
      set.trustDomain,
      bundleEntries(upheldAuthorities(set)),
      revocations,
    );
    for (const problem of bundle.problems) this.#parts.log.error('authority unusable', { problem });
    return bundle;
  }

  /** The authority of the keys in use, where `set` names their certificate. */
  #ownIn(set: TrustSet): Authority | undefined {
    const { directory, log } = this.#parts;
    const usable = new Set(this.#bundle.pems);
    const listed = this.#target?.certificates.map(({ pem }) => pem) ?? [];
    directory.signing.adopt(listed.filter((pem) => usable.has(pem)));
    const { authority: key, certificatePem } = directory.signing.current;
    const { node, trustDomain } = directory.identity;
    const named = set.authorities
      .filter((authority) => authority.node === node)
      .flatMap(({ certificates }) => certificates)
      .find(({ pem }) => pem === certificatePem);
    if (named === undefined) return undefined;
    const { untilMs } = named;
    const { clock, random, meter } = this.#parts;
    return new Authority({
      trustDomain,
      key,
      certificatePem,
      clock,
      random,
      log,
      meter,
      ...(untilMs === undefined ? {} : { untilMs }),
      ledger: new LoggingLedger(log, meter),
    });
  }
}

const isSame = (one: readonly RetiringAuthority[], other: readonly RetiringAuthority[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const isGood = ({ untilMs }: Pick<AuthorityCertificate, 'untilMs'>, now: EpochMs): boolean =>
  untilMs === undefined || now < untilMs;

/** Those that are limited to namespaces sign for no node. */
const signersOf = (set: TrustSet, { anchors }: TrustBundle): readonly AuthorityKey[] =>
  upheldAuthorities(set).flatMap(({ node, namespaces, certificates }) =>
    namespaces === 'any'
      ? certificates.flatMap(({ pem, untilMs }) => {
          const anchor = anchors.find((one) => one.pem === pem);
          if (anchor === undefined) return [];
          const keySha256 = anchor.certificate.publicKeySha256;
          return [{ node, keySha256, ...(untilMs === undefined ? {} : { untilMs }) }];
        })
      : [],
  );
