import type { NodeName, Result } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { IdentityErrorCode } from './errors.ts';

/** What a host shows of itself that wants to become a node. */
export type Evidence =
  | { readonly kind: 'token'; readonly secret: Uint8Array }
  | {
      readonly kind: 'x509pop';
      /** The host's certificate and those above it, each signed by the next, DER. */
      readonly chain: readonly Uint8Array[];
      /** Of the certificate's key over the applicant's challenge. */
      readonly signature: Uint8Array;
    };

export type EvidenceOf<Kind extends Evidence['kind']> = Extract<Evidence, { kind: Kind }>;

/** A host that wants to become a node and has proved that it holds its node key. */
export interface Applicant {
  /** The name that it wants. */
  readonly node: NodeName;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Another one in each conversation: it is made of the authority's nonce, the TLS connection, name and key. */
  readonly challenge: Uint8Array;
}

/** What an attested host may have. */
export interface Admittance {
  /** When what it showed was made: what is older than a revocation of the node brings it back no more. */
  readonly sinceMs: EpochMs;
  /** Which names of others it may take over. */
  readonly takesOver: 'none' | 'members' | 'authorities';
  /** Where alone it may run, if that was said. */
  readonly locality?: string;
}

export interface AttestationRefusal {
  readonly code: IdentityErrorCode;
  readonly message: string;
}

/**
 * One way in which hosts prove which node they may be. Whoever proved it once may come again with the same
 * name and key, since the answer may have been lost.
 */
export interface NodeAttestor<Kind extends Evidence['kind'] = Evidence['kind']> {
  /** What {@link redeem} would say: nothing is spent, so that a host refused for another reason comes again. */
  check(evidence: EvidenceOf<Kind>, applicant: Applicant): Result<Admittance, AttestationRefusal>;
  redeem(evidence: EvidenceOf<Kind>, applicant: Applicant): Result<Admittance, AttestationRefusal>;
}
