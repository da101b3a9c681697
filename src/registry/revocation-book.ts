import { z } from 'zod';
import { byText, err, type NodeName, ok } from '../core/index.ts';
import {
  isKeySha256,
  isSerial,
  Revocations,
  type Revoked,
  type RevokedByAuthority,
} from '../crypto/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { KindOwner, RecordId } from '../replication/index.ts';
import { issuesInWords } from './claims.ts';

/** What the node of an authority says of what it signed, each serial or key under a key of its own. */
export const REVOCATION_KIND = 'revocation';
const MAX_REASON_LENGTH = 256;

const revokedSchema = z.union([
  z.strictObject({ serial: z.string().refine(isSerial, 'no serial number in hex') }),
  z.strictObject({ keySha256: z.string().refine(isKeySha256, 'not a SHA-256 in hex') }),
]);

/** The value of a `revocation` record. */
export const revocationClaimSchema = z.object({
  what: revokedSchema,
  /** When the last of what it names would have ended, milliseconds since 1970. */
  untilMs: z.int().min(0),
  /** Since when, by the clock of who says so. */
  sinceMs: z.int().min(0),
  reason: z.string().max(MAX_REASON_LENGTH),
});
export type RevocationClaim = Readonly<z.output<typeof revocationClaimSchema>>;

/** The key of its record: of each serial or key there is one. */
export const revocationKey = (what: RevocationClaim['what']): string =>
  'serial' in what ? `serial-${what.serial}` : `key-${what.keySha256}`;

/** A claim that counts, for people. */
export interface RevocationView extends RevocationClaim {
  readonly by: NodeName;
}

/** A CA key, SHA-256 of its SubjectPublicKeyInfo in hex, and whose it is by the trust set. */
export interface AuthorityOf {
  readonly node: NodeName;
  readonly keySha256: string;
}

interface Held {
  readonly writer: NodeName;
  readonly claim: RevocationClaim;
}

/**
 * What the members revoke by records. Anybody may say anything: it counts only for what a CA key signed that the
 * trust set gives to the very node which says so. As many as there are records of its kind, which has its bounds.
 */
export class RevocationBook {
  readonly #held = new Map<RecordId, Held>();

  /** Interprets the records of its kind. */
  readonly owner: KindOwner<RevocationClaim> = {
    read: (value) => {
      const claim = revocationClaimSchema.safeParse(value);
      return claim.success ? ok(claim.data) : err(issuesInWords(claim.error));
    },
    set: ({ id, writer, value }) => void this.#held.set(id, { writer, claim: value }),
    unset: (id) => void this.#held.delete(id),
  };

  /**
   * All that is revoked in the mesh at `now`: what the governors signed, and what authorities took back of what they
   * signed with the keys that the trust set gives to their nodes.
   */
  inForce(
    byGovernors: readonly Revoked[],
    signers: readonly AuthorityOf[],
    now: EpochMs,
  ): Revocations {
    const keysOf = Map.groupBy(signers, ({ node }) => node);
    const byAuthorities: RevokedByAuthority[] = [];
    for (const { writer, claim } of this.#held.values()) {
      const { what, untilMs } = claim;
      if (untilMs < now) continue;
      for (const { keySha256 } of keysOf.get(writer) ?? []) {
        byAuthorities.push({ authorityKeySha256: keySha256, what, untilMs });
      }
    }
    return new Revocations(byGovernors, byAuthorities);
  }

  /** What authorities took back, in the order of their names and then of time. */
  views(signers: readonly AuthorityOf[], now: EpochMs): readonly RevocationView[] {
    const nodes = new Set(signers.map(({ node }) => node));
    const counted = [...this.#held.values()].filter(
      ({ writer, claim }) => claim.untilMs >= now && nodes.has(writer),
    );
    return counted
      .map(({ writer, claim }) => ({ ...claim, by: writer }))
      .sort((a, b) => a.sinceMs - b.sinceMs)
      .sort(byText(({ by }) => by));
  }
}
