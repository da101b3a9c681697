import { type MembershipCredential, renewAt, renewBefore } from '../identity/index.ts';
import type { EpochMs, Random } from '../ports/index.ts';
import type { AuthorityKey } from './authority-role.ts';

/** A membership credential in hand. */
export interface HeldCredential {
  readonly bytes: Uint8Array;
  readonly facts: MembershipCredential;
  /** When the next one is asked for. */
  readonly renewAtMs: EpochMs;
}

/**
 * A node's credentials: the one in use, and a spare by another authority, if it has one. At least one, and never two
 * by the same authority: when that is taken out of force, both would be gone.
 */
export type HeldCredentials = readonly [HeldCredential, HeldCredential?];

/** Whose word a credential is; undefined when no authority in force has the key. */
export const authorityOf = (
  { facts }: HeldCredential,
  keys: readonly AuthorityKey[],
): AuthorityKey | undefined => keys.find(({ keySha256 }) => keySha256 === facts.authorityKeySha256);

/** When a credential counts no longer: by its own date, or because its authority's key is on its way out. */
export const endOf = (held: HeldCredential, keys: readonly AuthorityKey[]): EpochMs =>
  Math.min(held.facts.expiresAt, authorityOf(held, keys)?.untilMs ?? held.facts.expiresAt);

/** A credential that has just come, or was found at the start: then its age is unknown, and half of what is left is early, never late. */
export const received = (
  bytes: Uint8Array,
  facts: MembershipCredential,
  now: EpochMs,
  random: Random,
): HeldCredential => ({
  bytes,
  facts,
  renewAtMs: renewAt({ from: now, notAfter: facts.expiresAt }, random),
});

/** The same, to be renewed early if its authority's key is on its way out. */
export function hurried(
  held: HeldCredential,
  keys: readonly AuthorityKey[],
  now: EpochMs,
  random: Random,
): HeldCredential {
  const untilMs = authorityOf(held, keys)?.untilMs;
  if (untilMs === undefined || untilMs >= held.facts.expiresAt) return held;
  return { ...held, renewAtMs: renewBefore(untilMs, held.renewAtMs, now, random) };
}

/** With a new one to use: the best by another authority of those before becomes the spare. */
export function withNext(
  next: HeldCredential,
  before: HeldCredentials,
  keys: readonly AuthorityKey[],
): HeldCredentials {
  const [spare] = before
    .flatMap((held) => (held !== undefined && isByAnother(held, next, keys) ? [held] : []))
    .toSorted((a, b) => endOf(b, keys) - endOf(a, keys));
  return spare === undefined ? [next] : [next, spare];
}

/** Are they by two authorities in force? */
export function isByAnother(
  held: HeldCredential,
  than: HeldCredential,
  keys: readonly AuthorityKey[],
): boolean {
  const node = authorityOf(held, keys)?.node;
  return node !== undefined && node !== authorityOf(than, keys)?.node;
}

/** Is there another authority that could give a spare? One whose keys all go out signs no more. */
export const canHaveSpare = ([used]: HeldCredentials, keys: readonly AuthorityKey[]): boolean => {
  const own = authorityOf(used, keys)?.node;
  return keys.some(({ node, untilMs }) => node !== own && untilMs === undefined);
};
