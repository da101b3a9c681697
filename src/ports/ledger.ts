import type { NodeName, SpiffeId } from '../core/index.ts';
import type { EpochMs } from './time.ts';

/** Something that an authority signed, whoever it was for: nothing is signed that is not told. */
export type LedgerEntry =
  | {
      readonly kind: 'svid-issued';
      readonly spiffeId: SpiffeId;
      /** The node that attested the workload and asked for it. */
      readonly node: NodeName;
      /** Hex. */
      readonly serial: string;
      /** SHA-256 of the leaf's SubjectPublicKeyInfo, hex. */
      readonly publicKeySha256: string;
      /** SHA-256 of the SubjectPublicKeyInfo of the CA key that signed, hex. */
      readonly authorityKeySha256: string;
      readonly notBefore: EpochMs;
      readonly notAfter: EpochMs;
    }
  | {
      readonly kind: 'credential-issued';
      readonly node: NodeName;
      readonly epoch: number;
      /** The node's Ed25519 public key, hex. */
      readonly nodeKey: string;
      readonly authorityKeySha256: string;
      readonly notBefore: EpochMs;
      readonly notAfter: EpochMs;
    }
  | {
      readonly kind: 'jwt-issued';
      readonly spiffeId: SpiffeId;
      readonly node: NodeName;
      readonly audiences: readonly string[];
      /** Which token key signed: its `kid`. */
      readonly keyId: string;
      readonly notBefore: EpochMs;
      readonly notAfter: EpochMs;
    }
  | {
      readonly kind: 'user-token-issued';
      /** The person, `<issuer>|<subject>`. */
      readonly user: string;
      /** The workload that may act for them. */
      readonly actor: SpiffeId;
      /** The node that asked for it. */
      readonly node: NodeName;
      readonly audiences: readonly string[];
      readonly keyId: string;
      readonly notBefore: EpochMs;
      readonly notAfter: EpochMs;
    };

/** Where what was signed is written down. */
export interface Ledger {
  append(entry: LedgerEntry): void;
}
