import { describeDuration } from '../core/index.ts';
import { publicKeyOf, rawPublicKey, signContext, type TrustBundle } from '../crypto/index.ts';
import {
  type MembershipCredential,
  renewAt,
  retryAfterMs,
  verifyCredential,
} from '../identity/index.ts';
import type { Admission, AdmissionVerdict, Clock, Log, Random, Timer } from '../ports/index.ts';
import type { Writer, WriterCheck } from '../replication/index.ts';
import { type DataDirectory, readCredential, writeCredential } from './data-directory.ts';
import { NodeError } from './errors.ts';

export interface CredentialKeeperParts {
  readonly directory: DataDirectory;
  readonly bundle: () => TrustBundle;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How a node gets its next credential; see issuance.ts. */
export type RenewCredential = () => Promise<Uint8Array>;

/**
 * This node's membership credential: what it shows, what it judges others' by, and when it asks for
 * the next one (half of its life, from any authority).
 */
export class CredentialKeeper {
  readonly #parts: CredentialKeeperParts;
  readonly publicKey: Uint8Array;
  #bytes: Uint8Array;
  #credential: MembershipCredential;
  #timer: Timer | undefined;
  #failures = 0;
  #isStopped = false;

  /** @throws NodeError DATA_DIRECTORY_DAMAGED, CREDENTIAL_EXPIRED */
  constructor(parts: CredentialKeeperParts) {
    this.#parts = parts;
    const { directory, clock, bundle } = parts;
    this.publicKey = rawPublicKey(publicKeyOf(directory.keys.node));
    const bytes = readCredential(directory.store);
    if (bytes === undefined) {
      throw new NodeError('DATA_DIRECTORY_DAMAGED', 'there is no membership credential');
    }
    const judged = verifyCredential(bytes, this.publicKey, bundle(), clock.now());
    if (!judged.ok) {
      const code =
        judged.error.reason === 'expired' ? 'CREDENTIAL_EXPIRED' : 'DATA_DIRECTORY_DAMAGED';
      throw new NodeError(code, `the membership credential is not good: ${judged.error.detail}`);
    }
    this.#bytes = bytes;
    this.#credential = judged.value;
  }

  get credential(): MembershipCredential {
    return this.#credential;
  }

  /** Begins to renew; `renewed` is called with each new one that came into use. */
  start(renew: RenewCredential, renewed: () => void): void {
    const { clock, random } = this.#parts;
    // Its age is unknown after a restart: half of what is left is early, and never late.
    const at = renewAt({ from: clock.now(), notAfter: this.#credential.expiresAt }, random);
    this.#renewAfter(at - clock.now(), renew, renewed);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Who may be a peer: whoever shows a credential for its key that an authority in force signed. */
  readonly admission: Admission = {
    credential: () => this.#bytes,
    admit: (publicKey, credential): AdmissionVerdict => {
      const { bundle, clock } = this.#parts;
      const judged = verifyCredential(credential, publicKey, bundle(), clock.now());
      return judged.ok
        ? { admitted: true, name: judged.value.node }
        : { admitted: false, reason: `${judged.error.reason}: ${judged.error.detail}` };
    },
  };

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
  readonly verifyWriter: WriterCheck['verifyWriter'] = (credential, publicKey) => {
    const { bundle, clock } = this.#parts;
    const judged = verifyCredential(credential, publicKey, bundle(), clock.now());
    if (judged.ok) return judged;
    return { ok: false, error: `${judged.error.reason}: ${judged.error.detail}` };
  };

  #renewAfter(delayMs: number, renew: RenewCredential, renewed: () => void): void {
    if (this.#isStopped) return;
    this.#timer = this.#parts.clock.after(Math.max(0, delayMs), () => {
      void this.#renew(renew, renewed);
    });
  }

  async #renew(renew: RenewCredential, renewed: () => void): Promise<void> {
    const { clock, random, log } = this.#parts;
    try {
      this.#adopt(await renew());
      this.#failures = 0;
      renewed();
      const at = renewAt({ from: clock.now(), notAfter: this.#credential.expiresAt }, random);
      this.#renewAfter(at - clock.now(), renew, renewed);
    } catch (error) {
      this.#failures += 1;
      const leftMs = this.#credential.expiresAt - clock.now();
      const left = leftMs > 0 ? describeDuration(leftMs) : 'nothing';
      log.warn('membership credential not renewed', { error: String(error), left });
      this.#renewAfter(retryAfterMs(this.#failures, leftMs, random), renew, renewed);
    }
  }

  #adopt(bytes: Uint8Array): void {
    const { directory, bundle, clock, log } = this.#parts;
    const judged = verifyCredential(bytes, this.publicKey, bundle(), clock.now());
    if (!judged.ok) throw new NodeError('JOIN_UNTRUSTED', judged.error.detail);
    if (judged.value.node !== directory.identity.node) {
      throw new NodeError('JOIN_UNTRUSTED', `the credential is for ${judged.value.node}`);
    }
    writeCredential(directory.store, bytes);
    this.#bytes = bytes;
    this.#credential = judged.value;
    log.info('membership credential renewed', { expiresAt: judged.value.expiresAt });
  }
}
