// What the model takes over from the real adapter (src/platform/gossip) and from gossipsub 1.2 as it
// is configured there; the contract suite runs against both, and test/simulated-gossip.test.ts holds their bounds equal.

/** One message of a topic. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** One request or one answer. */
export const MAX_EXCHANGE_BYTES = 16 * 1024 * 1024;
/** Requests of one protocol that are answered at the same time, over all peers and for one peer. */
export const MAX_EXCHANGES = 32;
export const MAX_EXCHANGES_PER_PEER = 4;
/** A host that has as many takes no more in. */
export const MAX_CONNECTIONS = 128;

/** From the first packet to the admitted peer. */
export const DIAL_TIMEOUT_MS = 5_000;
/** How often a connection is tried for whether its other end answers, and how long that may take. */
export const MONITOR_PERIOD_MS = 120_000;
export const MONITOR_TIMEOUT_MS = 10_000;
/** First wait before bytes that nothing confirmed are sent again; doubled each time. */
export const RETRY_MS = 200;

/** Wanted members of a topic's mesh; below the least more are sought, above the most some are let go. */
export const MESH_DEGREE = 6;
export const LEAST_MESH_DEGREE = 4;
export const MOST_MESH_DEGREE = 12;
/** Of those, connections that this member opened. */
export const LEAST_OUTBOUND = 2;
/** Kept for their score when there are too many. */
export const KEPT_BY_SCORE = 4;
export const HEARTBEAT_MS = 1_000;
/** Heartbeats in which a message is told of to members outside of the mesh. Whoever asks does so at once, while it is kept. */
export const GOSSIP_BEATS = 3;
/** How many members are told: so many, or this share of them if that is more. */
export const LEAST_TOLD = 6;
export const TOLD_SHARE = 0.25;
/** After leaving each other's mesh, two members stay out of it. */
export const PRUNE_BACKOFF_MS = 60_000;
/** From this size on a message's receivers say at once that they need it no more (IDONTWANT). */
export const LARGE_MESSAGE_BYTES = 512;
/** Topics of one world: one bit each. */
export const MAX_TOPICS = 31;

/** What one rejected message takes from its deliverer's score, and how soon half of it is forgotten. */
export const OFFENCE_WEIGHT = 10;
export const OFFENCE_HALF_LIFE_MS = 60_000;
/** Below these scores a peer is told of no message, sent none, heard in nothing. */
export const GOSSIP_THRESHOLD = -10;
export const PUBLISH_THRESHOLD = -50;
export const IGNORE_THRESHOLD = -80;
