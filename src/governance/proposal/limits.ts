import { MAX_OFFER_BYTES } from '../limits.ts';

/** A body as it travels: all that a change may bring, and what names and lengths add to it. */
export const MAX_PROPOSAL_BYTES = MAX_OFFER_BYTES + 65_536;
/** Parts of one proposal: root, the governors' list, and that of each namespace that has one of its own. */
export const MAX_PARTS = 130;
/** A reason is read in a list: a long sentence, characters. */
export const MAX_REASON_CHARACTERS = 500;

/** How long a proposal waits for signatures: over a week's holidays it is made again. */
export const PROPOSAL_LIFE_MS = 7 * 24 * 60 * 60 * 1_000;
/** How far the clock of who made a proposal may be ahead: as far as that of a member that says anything. */
export const PROPOSAL_CLOCK_TOLERANCE_MS = 5 * 60_000;

/** What one node may have open for others: more are looked at by nobody. */
export const MAX_PROPOSALS_PER_WRITER = 4;
/** Bytes of their bodies: one of the largest. */
export const MAX_BODY_BYTES_PER_WRITER = MAX_PROPOSAL_BYTES;
/** What is open in a mesh: as many as a person reads through. */
export const MAX_PROPOSALS = 64;
/** All bodies together, held in memory and on disk. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** How long one that is over is shown: until whoever waited for it has looked. */
export const OVER_KEPT_MS = 60 * 60_000;
