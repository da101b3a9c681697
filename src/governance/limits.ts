const KIB = 1_024;
const MIB = 1_024 * KIB;

/** One resource or Cedar file. The largest policies seen in the field have some tens of KiB. */
export const MAX_TARGET_BYTES = 256 * KIB;

/** Targets of one mesh, in all lists together: their contents fill what one update may bring. */
export const MAX_TARGETS = 10_000;

/**
 * Targets of one list. The library that judges updates reads the governors' in a time that grows with
 * the square of its length, once and again for each signature: at this one, with three, that takes some
 * 0.8 s. The lists of teams are read in a time that grows with their length.
 */
export const MAX_LIST_TARGETS = 3_000;

/** Namespaces that are handed to teams: each costs every update a few signatures to check. */
export const MAX_DELEGATIONS = 128;

/** A root lists about 300 bytes a key: some 200 governors and authorities. */
export const MAX_ROOT_BYTES = 64 * KIB;

/**
 * Keys, and roles, of one root. The library reads them, the keys of teams and the files of a snapshot in a time that
 * grows with the square of their number, and an unsigned one must be read before it can be refused.
 */
export const MAX_ROOT_KEYS = 256;

/** Keys of all teams together: eight for each namespace that may be handed over. */
export const MAX_TEAM_KEYS = 8 * MAX_DELEGATIONS;

/** Lists that one snapshot names: as many as its bytes have room for, those that were taken back among them. */
export const MAX_NAMED_FILES = 512;

/** One list at {@link MAX_LIST_TARGETS} targets of at most about 300 bytes each. */
export const MAX_TARGETS_BYTES = MIB;

/** `snapshot.json` names one file per targets role. */
export const MAX_SNAPSHOT_BYTES = 64 * KIB;

/** `timestamp.json` names one file. */
export const MAX_TIMESTAMP_BYTES = 16 * KIB;

/**
 * Roots that one update may bring (TUF section 5.3.3 asks for a bound): a node that was away while more came cannot
 * follow any more, and joins anew. A large mesh that changes authorities every week has them in five years.
 */
export const MAX_NEW_ROOTS = 256;

/** All that one update may bring, metadata and contents. */
export const MAX_OFFER_BYTES = 8 * MIB;

/** Versions grow by one: a larger one is a fast-forward attack, and leaves no room to go on. */
export const MAX_VERSION = 2 ** 31 - 1;
