import { describeDuration, type NodeName } from '../core/index.ts';
import {
  publicKeyOf,
  type Revocations,
  rawPublicKey,
  signContext,
  type TrustBundle,
} from '../crypto/index.ts';
import {
  type CredentialRefusal,
  holderProblem,
  type MembershipCredential,
  readShownCredentials,
  showCredentials,
  verifyCredential,
} from '../identity/index.ts';
import type { Clock, EpochMs, Log, Random } from '../ports/index.ts';
import type { Writer, WriterCheck } from '../replication/index.ts';
import type { AuthorityKey } from './authority-role.ts';
import { type DataDirectory, readCredential, writeCredential } from './data-directory.ts';
import { NodeError, type NodeErrorCode } from './errors.ts';
import {
  authorityOf,
  canHaveSpare,
  endOf,
  type HeldCredential,
  type HeldCredentials,
  hurried,
  isByAnother,
  received,
  withNext,
} from './held-credentials.ts';
import { RepeatedAttempt } from './repeated-attempt.ts';

export interface CredentialKeeperParts {
  readonly directory: DataDirectory;
  readonly bundle: () => TrustBundle;
  /** The keys in force by which nodes' credentials are signed; the same value as long as they are the same. */
  readonly signers: () => readonly AuthorityKey[];
  /** The next credential by this node's own authority, while that is in force. */
  readonly issueOwn: (publicKey: Uint8Array) => Uint8Array | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What a refused credential means for the node that has it; anything else is damage. */
const UNUSABLE: Readonly<Partial<Record<CredentialRefusal['reason'], NodeErrorCode>>> = {
  expired: 'CREDENTIAL_EXPIRED',
  'unknown-authority': 'CREDENTIAL_WITHDRAWN',
  revoked: 'NODE_REVOKED',
};

/** When a node begins to ask for a spare: soon, and not all nodes at one time. Milliseconds, and share of the life of the one in use. */
const SPARE_WITHIN_MS = 30_000;
const SPARE_WITHIN_SHARE = 0.05;

/** How a node gets a credential, in no case from `except`; see issuance.ts. */
export type RenewCredential = (except?: NodeName) => Promise<Uint8Array>;

/** What follows when another credential came into use. */
export interface CredentialFollower {
  readonly renewed: () => void;
  /** What was said under the one before counts no longer, or soon will not. */
  readonly outdated: () => void;
}

/**
 * This node's membership credentials: what it shows, and when it asks for the next ones (half of their life, from any
 * authority). The spare is by another authority than the one in use, so that it stays a member when either is taken
 * out of force.
 */
export class CredentialKeeper {
  readonly #parts: CredentialKeeperParts;
  readonly publicKey: Uint8Array;
  #held: HeldCredentials;
  #shown: Uint8Array;
  /** By what it last planned. */
  #plannedBy: TrustBundle | undefined;
  #follower: CredentialFollower | undefined;
  #renew: RenewCredential = () => Promise.reject(new Error('it has not been started'));
  readonly #next: RepeatedAttempt;
  readonly #spare: RepeatedAttempt;

  /** @throws NodeError DATA_DIRECTORY_DAMAGED, CREDENTIAL_EXPIRED, CREDENTIAL_WITHDRAWN, CLOCK_FAR_OFF */
  constructor(parts: CredentialKeeperParts) {
    this.#parts = parts;
    const { directory, log } = parts;
    this.publicKey = rawPublicKey(publicKeyOf(directory.keys.node));
    const stored = readCredential(directory.store);
    if (stored === undefined) {
      throw new NodeError('DATA_DIRECTORY_DAMAGED', 'there is no membership credential');
    }
    this.#shown = stored;
    this.#held = this.#stored(stored);
    this.#next = new RepeatedAttempt({
      ...parts,
      attempt: async () => this.#use(await this.#renew()),
      endsAt: () => this.#endsAt,
      failed: (error) => {
        const leftMs = this.#endsAt - parts.clock.now();
        const left = leftMs > 0 ? describeDuration(leftMs) : 'nothing';
        log.warn('membership credential not renewed', { error, left });
      },
    });
    this.#spare = new RepeatedAttempt({
      ...parts,
      attempt: async () => {
        const used = authorityOf(this.#held[0], parts.signers())?.node;
        this.#putAside(await this.#renew(used));
      },
      endsAt: () => this.#held[1]?.facts.expiresAt,
      failed: (error) => log.debug('no spare membership credential', { error }),
    });
  }

  /** The one in use. */
  get credential(): MembershipCredential {
    return this.#held[0].facts;
  }

  /** All in hand, the one in use first. */
  get credentials(): readonly MembershipCredential[] {
    return this.#held.flatMap((held) => held?.facts ?? []);
  }

  /** Begins to renew. */
  start(renew: RenewCredential, follower: CredentialFollower): void {
    this.#renew = renew;
    this.#follower = follower;
    this.#schedule();
  }

  stop(): void {
    this.#next.stop();
    this.#spare.stop();
  }

  /** What it shows to peers. */
  get bytes(): Uint8Array {
    return this.#shown;
  }

  /** Why others do not take the credential in use any more, in words; undefined when they do. */
  problem(): string | undefined {
    const judged = this.#judge(this.#held[0].bytes);
    return judged.ok ? undefined : judged.error.detail;
  }

  /** Why this node is revoked, whoever signs for it, in words; undefined when it is not. */
  revoked(revocations: Revocations): string | undefined {
    return holderProblem(this.credential, revocations);
  }

  /** How this node's records are signed. */
  writer(): Writer {
    const { directory } = this.#parts;
    return {
      node: directory.identity.node,
      publicKey: this.publicKey,
      sign: (payload) => signContext(directory.keys.node, 'selvage/record/v1', payload),
      credential: () => {
        const { bytes, facts } = this.#held[0];
        return { bytes, epoch: facts.epoch, expiresAt: facts.expiresAt };
      },
    };
  }

  /** Whose word a record is. */
  readonly verifyWriter: WriterCheck['verifyWriter'] = (credential, publicKey, at) => {
    const judged = verifyCredential(credential, publicKey, this.#parts.bundle(), at);
    if (judged.ok) return judged;
    return { ok: false, error: `${judged.error.reason}: ${judged.error.detail}` };
  };

  /**
   * Other authorities are in force: what they do not uphold is put away, and if that was in use, the spare takes its
   * place. Where nothing is left, the next one is asked for at once.
   */
  followTrust(): void {
    if (this.#plannedBy === this.#parts.bundle()) return;
    const [used, spare] = this.#held;
    const standing = [used, spare].flatMap((held) =>
      held !== undefined && this.#judge(held.bytes).ok ? [held] : [],
    );
    const [first, second] = standing;
    if (first !== undefined && standing.length < this.#held.length) {
      this.#keep(second === undefined ? [first] : [first, second]);
    }
    if (this.#follower === undefined) return;
    this.#schedule();
    if (first === undefined) this.#next.due(this.#parts.clock.now());
    else if (first !== used) this.#tell(used);
  }

  #stored(stored: Uint8Array): HeldCredentials {
    const judged = readShownCredentials(stored).map((bytes) => ({
      bytes,
      result: this.#judge(bytes),
    }));
    const [first, second] = judged.flatMap(({ bytes, result }) =>
      result.ok ? [this.#received(bytes, result.value)] : [],
    );
    if (first !== undefined) return second === undefined ? [first] : [first, second];
    const [refused] = judged.flatMap(({ result }) => (result.ok ? [] : [result.error]));
    if (refused === undefined) throw new NodeError('DATA_DIRECTORY_DAMAGED', 'no credential');
    return this.#issuedByOneself(refused);
  }

  /** An authority that slept too long needs nobody to be a member again. */
  #issuedByOneself(refusal: CredentialRefusal): HeldCredentials {
    const bytes = this.#parts.issueOwn(this.publicKey);
    const judged = bytes === undefined ? undefined : this.#judge(bytes);
    if (bytes === undefined || !judged?.ok) throw this.#unusable(refusal);
    this.#keep([this.#received(bytes, judged.value)]);
    return this.#held;
  }

  /** Why a node cannot start with what it has, and whose fault it may be. */
  #unusable({ reason, detail }: CredentialRefusal): NodeError {
    const now = this.#parts.clock.now();
    const here = `by this host’s clock it is ${new Date(now).toISOString()}`;
    const { anchors } = this.#parts.bundle();
    const isBeforeAll = anchors.every(({ certificate }) => certificate.notBefore > now);
    const code =
      reason === 'not-yet-valid' || (anchors.length > 0 && isBeforeAll)
        ? 'CLOCK_FAR_OFF'
        : (UNUSABLE[reason] ?? 'DATA_DIRECTORY_DAMAGED');
    return new NodeError(code, `the membership credential is not good: ${detail}; ${here}`);
  }

  /** When the one in use counts no longer. */
  get #endsAt(): EpochMs {
    return endOf(this.#held[0], this.#parts.signers());
  }

  #schedule(): void {
    const { clock, random, signers } = this.#parts;
    const keys = signers();
    this.#plannedBy = this.#parts.bundle();
    const [used, spare] = this.#held;
    const now = clock.now();
    const hurry = (held: HeldCredential) => hurried(held, keys, now, random);
    const next = hurry(used);
    this.#held = spare === undefined ? [next] : [next, hurry(spare)];
    this.#next.due(next.renewAtMs);
    if (!canHaveSpare(this.#held, keys)) {
      this.#spare.rest();
      return;
    }
    const lifeMs = used.facts.expiresAt - now;
    const withinMs = Math.min(SPARE_WITHIN_MS, lifeMs * SPARE_WITHIN_SHARE);
    this.#spare.due(this.#held[1]?.renewAtMs ?? now + withinMs * random.fraction());
  }

  #use(bytes: Uint8Array): void {
    const { signers } = this.#parts;
    const [used] = this.#held;
    this.#keep(withNext(this.#usable(bytes), this.#held, signers()));
    this.#schedule();
    this.#tell(used);
  }

  #putAside(bytes: Uint8Array): void {
    const [used] = this.#held;
    const spare = this.#usable(bytes);
    if (!isByAnother(spare, used, this.#parts.signers())) {
      throw new NodeError('CREDENTIAL_UNUSABLE', 'it is by the authority of the one in use');
    }
    this.#keep([used, spare]);
    this.#schedule();
  }

  /** @throws NodeError CREDENTIAL_UNUSABLE */
  #usable(bytes: Uint8Array): HeldCredential {
    const { node } = this.#parts.directory.identity;
    const judged = this.#judge(bytes);
    if (!judged.ok) throw new NodeError('CREDENTIAL_UNUSABLE', judged.error.detail);
    if (judged.value.node !== node) {
      throw new NodeError('CREDENTIAL_UNUSABLE', `it is for the node ${judged.value.node}`);
    }
    return this.#received(bytes, judged.value);
  }

  /** Another one is in use than `before`. */
  #tell(before: HeldCredential): void {
    const { signers, log } = this.#parts;
    const authority = authorityOf(before, signers());
    try {
      if (authority === undefined || authority.untilMs !== undefined) this.#follower?.outdated();
      this.#follower?.renewed();
    } catch (error) {
      // A full disk, say. The credential is in use, and what rests on the one before is said again at half its life.
      log.error('the other members cannot be told of the renewed credential', { error });
    }
  }

  #keep(held: HeldCredentials): void {
    const { directory, log } = this.#parts;
    const shown = showCredentials(held.flatMap((one) => one?.bytes ?? []));
    writeCredential(directory.store, shown);
    this.#held = held;
    this.#shown = shown;
    const [expiresAt, spareUntil] = this.credentials.map((one) =>
      new Date(one.expiresAt).toISOString(),
    );
    log.info('membership credential renewed', { expiresAt, spareUntil });
  }

  #received(bytes: Uint8Array, facts: MembershipCredential): HeldCredential {
    const { clock, random } = this.#parts;
    return received(bytes, facts, clock.now(), random);
  }

  #judge(bytes: Uint8Array) {
    const { bundle, clock } = this.#parts;
    return verifyCredential(bytes, this.publicKey, bundle(), clock.now());
  }
}
