/** Starts of a node are counted above this, its refutations since then below it. */
export const INCARNATIONS_PER_START = 65_536;

/** In one datagram: the longest are 87 bytes, beside 96 of frame and at most 84 of an answer, of 1,400 in all. */
export const MAX_STATEMENTS = 14;

/** News waiting to be passed on, about 250 bytes each; beyond it the most often sent are let go. */
export const MAX_RUMOURS = 4_096;

/**
 * Probes under way at once. One a period is the rule; the others are checks of members that were accused, which
 * come in hundreds when a mesh falls in two.
 */
export const MAX_PROBES = 64;

/** So long a dead member is asked by all, from its last answer on; and all dead ones, after one came back. */
export const ASKED_BY_ALL_MS = 120_000;
/** Then each by so many within each `reviveMs`, however many live; where halves do not hear each other, still by all. */
export const ASKERS_OF_DEAD = 10;

/** Members whose connection broke, waiting to be probed. */
export const MAX_URGENT = 64;

/** Pings under way for others, each for a third of a second: some ten while a whole rack fails. */
export const MAX_RELAYS = 64;
/** Of these for one asker, so that none keeps the help from others. */
export const MAX_RELAYS_PER_ASKER = 8;

/**
 * What one member may say of others before it is ignored: half a mesh at once, as when a partition begins, where
 * each of its members makes about five accusations; afterwards what a member that meets dead ones needs.
 */
export const ACCUSATIONS_AT_ONCE = 30;
export const ACCUSATION_EVERY_MS = 10_000;

/** What one member may say of itself: it starts, it refutes. */
export const LIFE_CLAIMS_AT_ONCE = 10;
export const LIFE_CLAIM_EVERY_MS = 2_000;
/** What a node contradicts at once: two less than others hear, so that they hear too that it starts and that it leaves. */
export const REFUTATIONS_AT_ONCE = LIFE_CLAIMS_AT_ONCE - 2;

/** Fewer accusers say nothing: then own probes decide alone. With as many, own probes have to say the same. */
export const ACCUSERS_NEEDED = 3;
/** As many accusers leave a suspicion its shortest time; whoever knows of them adds no word. */
export const ACCUSERS_WANTED = 4;
/** Accusers whose word is kept and passed on. */
export const ACCUSERS_KEPT = 5;
/** Own rounds that failed, without which none is held dead where there are too few accusers. */
export const OWN_ROUNDS_NEEDED = 3;
