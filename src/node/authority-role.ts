import { err, type NodeName, ok, type Result } from '../core/index.ts';
import { TrustBundle } from '../crypto/index.ts';
import { bundleEntries, type TrustSet, type TrustStore } from '../governance/index.ts';
import { Authority } from '../identity/index.ts';
import type { Clock, EpochMs, Log, Meter, Random } from '../ports/index.ts';
import { LoggingLedger } from '../telemetry/index.ts';
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

/**
 * The bundle in force, and whether this node's own CA is in it: only then is the node an authority. It
 * follows the trust repository, without a restart.
 */
export class AuthorityRole {
  readonly #parts: AuthorityRoleParts;
  readonly #own: Authority;
  #set: TrustSet;
  #bundle: TrustBundle;
  #signers: readonly AuthorityKey[];
  #isInForce: boolean;

  constructor(parts: AuthorityRoleParts) {
    this.#parts = parts;
    const { directory, clock, random, log, meter } = parts;
    this.#own = new Authority({
      trustDomain: directory.identity.trustDomain,
      key: directory.signing.current.authority,
      certificatePem: directory.signing.current.certificatePem,
      clock,
      random,
      ledger: new LoggingLedger(log, meter),
      log,
      meter,
    });
    const set = parts.trust.current();
    this.#set = set;
    this.#bundle = this.#bundleOf(set);
    this.#signers = signersOf(set, this.#bundle);
    this.#isInForce = this.#isNamedIn(set);
  }

  /** CA certificates of all authorities in force. */
  bundle(): TrustBundle {
    return this.#bundle;
  }

  /** Whose credentials nodes can have. */
  signers(): readonly AuthorityKey[] {
    return this.#signers;
  }

  /** This node's own authority while the trust repository names it. */
  authority(): Authority | undefined {
    return this.#isInForce ? this.#own : undefined;
  }

  /** The authority that signs now, or why this node signs nothing. */
  issuer(): Result<Authority, string> {
    if (!this.#isInForce) return err('this node is no authority');
    const problem = this.#parts.clockProblem();
    return problem === undefined ? ok(this.#own) : err(problem);
  }

  /** Takes up what came into force; true when this node became an authority or stopped being one. */
  follow(set: TrustSet): boolean {
    const before = this.#isInForce;
    if (!isSame(set.authorities, this.#set.authorities)) {
      this.#bundle = this.#bundleOf(set);
      this.#signers = signersOf(set, this.#bundle);
    }
    this.#set = set;
    this.#isInForce = this.#isNamedIn(set);
    if (before !== this.#isInForce) {
      this.#parts.log.info('authority role changed', { authority: this.#isInForce });
    }
    return before !== this.#isInForce;
  }

  #bundleOf(set: TrustSet): TrustBundle {
    const bundle = new TrustBundle(set.trustDomain, bundleEntries(set.authorities));
    for (const problem of bundle.problems) this.#parts.log.error('authority unusable', { problem });
    return bundle;
  }

  #isNamedIn(set: TrustSet): boolean {
    const { node } = this.#parts.directory.identity;
    return set.authorities.some(
      (authority) =>
        authority.node === node &&
        authority.certificates.some(({ pem }) => pem === this.#own.certificatePem),
    );
  }
}

const isSame = (one: TrustSet['authorities'], other: TrustSet['authorities']): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const signersOf = ({ authorities }: TrustSet, { anchors }: TrustBundle): readonly AuthorityKey[] =>
  authorities.flatMap(({ node, certificates }) =>
    anchors
      .filter(
        ({ pem, namespaces }) =>
          namespaces === 'any' && certificates.some((own) => own.pem === pem),
      )
      .map(({ certificate }) => ({ node, keySha256: certificate.publicKeySha256 })),
  );
