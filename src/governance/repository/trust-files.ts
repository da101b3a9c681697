import { sha256Hex } from '../../crypto/index.ts';
import { MAX_NEW_ROOTS } from '../limits.ts';
import type { DelegatedRole } from './roles.ts';

/** Lists of teams as signed bytes, by role. */
export type DelegatedFiles = ReadonlyMap<DelegatedRole, Uint8Array>;

/** A whole trust repository as signed bytes: what a node holds, serves and hands on. */
export interface TrustFiles {
  /** Every root from the first that this node trusted, in order of version. */
  readonly roots: readonly Uint8Array[];
  readonly targets: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly timestamp: Uint8Array;
  /** One for each namespace that is handed over. */
  readonly delegated: DelegatedFiles;
  /** The targets' contents by their SHA-256 (hex). */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * What a peer sends: the timestamp, and of the rest what the asker lacks. Nothing in it is believed
 * before verification.
 */
export interface TrustOffer {
  readonly roots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot?: Uint8Array;
  readonly targets?: Uint8Array;
  readonly delegated: DelegatedFiles;
  readonly contents: readonly Uint8Array[];
}

/** A change as people signed it, before an authority publishes it: the parts that are new. */
export interface SignedChange {
  /** When governors or the authorities' online keys change, or the old one ages. */
  readonly root?: Uint8Array;
  /** When what the governors list, or to whom they hand namespaces, changes. */
  readonly targets?: Uint8Array;
  readonly delegated: DelegatedFiles;
  /** What the change adds. */
  readonly contents: readonly Uint8Array[];
}

/** Names contents by what they are, never by what somebody says that they are. */
export const byHash = (contents: Iterable<Uint8Array>): Map<string, Uint8Array> =>
  new Map([...contents].map((content) => [sha256Hex(content), content]));

/** The repository for a node that holds nothing, with as many roots as an offer may have. */
export const offerOf = (files: TrustFiles): TrustOffer => ({
  roots: files.roots.slice(-MAX_NEW_ROOTS),
  timestamp: files.timestamp,
  snapshot: files.snapshot,
  targets: files.targets,
  delegated: files.delegated,
  contents: [...files.contents.values()],
});
