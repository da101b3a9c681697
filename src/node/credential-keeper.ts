import { describeDuration } from '../core/index.ts';
import { publicKeyOf, rawPublicKey, signContext, type TrustBundle } from '../crypto/index.ts';
import {
  type CredentialRefusal,
  type MembershipCredential,
  renewAt,
  retryAfterMs,
  verifyCredential,
} from '../identity/index.ts';
import type { Clock, Log, Random, Timer } from '../ports/index.ts';
import type { Writer, WriterCheck } from '../replication/index.ts';
import { type DataDirectory, readCredential, writeCredential } from './data-directory.ts';
import { NodeError, type NodeErrorCode } from './errors.ts';

export interface CredentialKeeperParts {
  readonly directory: DataDirectory;
  readonly bundle: () => TrustBundle;
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
};

/** How a node gets its next credential; see issuance.ts. */
export type RenewCredential = () => Promise<Uint8Array>;

/**
 * This node's membership credential: what it shows, and when it asks for the next one (half of its
 * life, from any authority).
 */
export class CredentialKeeper {
  readonly #parts: CredentialKeeperParts;
  readonly publicKey: Uint8Array;
  #bytes: Uint8Array;
  #credential: MembershipCredential;
  #timer: Timer | undefined;
  #renewNow: (() => void) | undefined;
  #failures = 0;
  #isStopped = false;

  /** @throws NodeError DATA_DIRECTORY_DAMAGED, CREDENTIAL_EXPIRED, CREDENTIAL_WITHDRAWN, CLOCK_FAR_OFF */
  constructor(parts: CredentialKeeperParts) {
    this.#parts = parts;
    const { directory } = parts;
    this.publicKey = rawPublicKey(publicKeyOf(directory.keys.node));
    const stored = readCredential(directory.store);
    if (stored === undefined) {
      throw new NodeError('DATA_DIRECTORY_DAMAGED', 'there is no membership credential');
    }
    const judged = this.#judge(stored);
    this.#bytes = stored;
    this.#credential = judged.ok ? judged.value : this.#issuedByOneself(judged.error);
  }

  get credential(): MembershipCredential {
    return this.#credential;
  }

  /** Begins to renew; `renewed` is called with each new one that came into use. */
  start(renew: RenewCredential, renewed: () => void): void {
    const { clock, random } = this.#parts;
    this.#renewNow = () => this.#renewAfter(0, renew, renewed);
    // Its age is unknown after a restart: half of what is left is early, and never late.
    const at = renewAt({ from: clock.now(), notAfter: this.#credential.expiresAt }, random);
    this.#renewAfter(at - clock.now(), renew, renewed);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** What it shows to peers. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Why others do not take the credential any more, in words; undefined when they do. */
  problem(): string | undefined {
    const judged = this.#judge(this.#bytes);
    return judged.ok ? undefined : judged.error.detail;
  }

  /** How this node's records are signed. */
  writer(): Writer {
    const { directory } = this.#parts;
    return {
      node: directory.identity.node,
      publicKey: this.publicKey,
      sign: (payload) => signContext(directory.keys.node, 'selvage/record/v1', payload),
      credential: () => ({
        bytes: this.#bytes,
        epoch: this.#credential.epoch,
        expiresAt: this.#credential.expiresAt,
      }),
    };
  }

  /** Whose word a record is. */
  readonly verifyWriter: WriterCheck['verifyWriter'] = (credential, publicKey, at) => {
    const judged = verifyCredential(credential, publicKey, this.#parts.bundle(), at);
    if (judged.ok) return judged;
    return { ok: false, error: `${judged.error.reason}: ${judged.error.detail}` };
  };

  /** An authority that slept too long needs nobody to be a member again. */
  #issuedByOneself(refusal: CredentialRefusal): MembershipCredential {
    const bytes = this.#parts.issueOwn(this.publicKey);
    const judged = bytes === undefined ? undefined : this.#judge(bytes);
    if (bytes === undefined || !judged?.ok) throw this.#unusable(refusal);
    return this.#keep(bytes, judged.value);
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

  /** Other authorities are in force: a credential that they do not uphold is replaced at once. */
  followTrust(): void {
    if (this.#renewNow !== undefined && this.problem() !== undefined) this.#renewNow();
  }

  #renewAfter(delayMs: number, renew: RenewCredential, renewed: () => void): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.max(0, delayMs), () => {
      void this.#renew(renew, renewed);
    });
  }

  async #renew(renew: RenewCredential, renewed: () => void): Promise<void> {
    const { clock, random, log } = this.#parts;
    try {
      this.#adopt(await renew());
    } catch (error) {
      this.#failures += 1;
      const leftMs = this.#credential.expiresAt - clock.now();
      const left = leftMs > 0 ? describeDuration(leftMs) : 'nothing';
      log.warn('membership credential not renewed', { error, left });
      this.#renewAfter(retryAfterMs(this.#failures, leftMs, random), renew, renewed);
      return;
    }
    this.#failures = 0;
    const at = renewAt({ from: clock.now(), notAfter: this.#credential.expiresAt }, random);
    this.#renewAfter(at - clock.now(), renew, renewed);
    try {
      renewed();
    } catch (error) {
      // A full disk, say. The credential is in use, and what rests on the one before is said again at half its life.
      log.error('the other members cannot be told of the renewed credential', { error });
    }
  }

  #adopt(bytes: Uint8Array): void {
    const { directory } = this.#parts;
    const judged = this.#judge(bytes);
    if (!judged.ok) throw new NodeError('CREDENTIAL_UNUSABLE', judged.error.detail);
    if (judged.value.node !== directory.identity.node) {
      throw new NodeError('CREDENTIAL_UNUSABLE', `it is for the node ${judged.value.node}`);
    }
    this.#keep(bytes, judged.value);
  }

  #keep(bytes: Uint8Array, credential: MembershipCredential): MembershipCredential {
    const { directory, log } = this.#parts;
    writeCredential(directory.store, bytes);
    this.#bytes = bytes;
    this.#credential = credential;
    const expiresAt = new Date(credential.expiresAt).toISOString();
    log.info('membership credential renewed', { expiresAt });
    return credential;
  }

  #judge(bytes: Uint8Array) {
    const { bundle, clock } = this.#parts;
    return verifyCredential(bytes, this.publicKey, bundle(), clock.now());
  }
}
