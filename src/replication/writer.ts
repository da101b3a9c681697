import type { NodeName, Result } from '../core/index.ts';
import { type PrivateKey, publicKeyFromRaw, signContext, verifyContext } from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';

/** What this node needs to write its own records. */
export interface Writer {
  readonly node: NodeName;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(payload: Uint8Array): Uint8Array;
  /** The credential in hand now; asked for anew at each write, because it is renewed. */
  credential(): {
    readonly bytes: Uint8Array;
    readonly epoch: number;
    readonly expiresAt: EpochMs;
  };
}

/** Who a credential says may write, as far as records depend on it. */
export interface WriterFacts {
  readonly node: NodeName;
  readonly epoch: number;
  readonly expiresAt: EpochMs;
}

/** How records of others are checked; a simulator brings something cheaper than signatures. */
export interface WriterCheck {
  /** Whose key it was at that time by that credential, judged by the authorities in force now; or why nobody's. */
  verifyWriter(
    credential: Uint8Array,
    publicKey: Uint8Array,
    at: EpochMs,
  ): Result<WriterFacts, string>;
  verifySignature(publicKey: Uint8Array, payload: Uint8Array, signature: Uint8Array): boolean;
}

/** The same, for one look at many records: each credential is judged once, for each time that is asked about. */
export function oncePerCredential(check: WriterCheck): WriterCheck {
  const judged = new Map<string, ReturnType<WriterCheck['verifyWriter']>>();
  return {
    verifySignature: (...signed) => check.verifySignature(...signed),
    verifyWriter(credential, publicKey, at) {
      const shown = `${at} ${base64(publicKey)} ${base64(credential)}`;
      const facts = judged.get(shown) ?? check.verifyWriter(credential, publicKey, at);
      judged.set(shown, facts);
      return facts;
    },
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const CONTEXT = 'selvage/record/v1';

/** {@link Writer.sign} with a node key. */
export const signRecord = (key: PrivateKey<'ed25519'>, payload: Uint8Array): Uint8Array =>
  signContext(key, CONTEXT, payload);

/** {@link WriterCheck.verifySignature} for what {@link signRecord} signs. */
export const verifyRecordSignature: WriterCheck['verifySignature'] = (
  publicKey,
  payload,
  signature,
) => {
  const key = publicKeyFromRaw(publicKey);
  return key.ok && verifyContext(key.value, CONTEXT, payload, signature) !== undefined;
};
