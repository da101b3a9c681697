/** Why a trust repository is not believed: few and closed, because they label a metric. */
export type TrustRefusalReason =
  | 'malformed'
  | 'too-large'
  | 'too-many-roots'
  | 'pinned-root-missing'
  | 'wrong-signature'
  | 'rollback'
  | 'expired'
  | 'mix-and-match'
  | 'content-missing'
  | 'trust-domain-changed'
  | 'unreadable';

export interface TrustRefusal {
  readonly reason: TrustRefusalReason;
  /** For a log and for a person: which file, which version, what was expected. */
  readonly detail: string;
}

export const refusal = (reason: TrustRefusalReason, detail: string): TrustRefusal => ({
  reason,
  detail,
});

/** A refusal as the failure of a step. */
export const refuse = (
  reason: TrustRefusalReason,
  detail: string,
): { readonly ok: false; readonly error: TrustRefusal } => ({
  ok: false,
  error: { reason, detail },
});
