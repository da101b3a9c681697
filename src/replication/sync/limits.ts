/** How often records are kept up while something of them is due. */
export const MAINTENANCE_PERIOD_MS = 1_000;
/** While nothing is due it is looked all the same, this often: clocks are set, credentials end. */
export const QUIET_PERIOD_MS = 30_000;

/** Between two comparisons with a random peer: this, plus up to as much again. A question and its answer cost 1.2 KB in libp2p's frames. */
export const COMPARISON_PERIOD_MS = 4_000;
/** After a peer connected, until gossip knows what it subscribed to: what fell between is found then. */
export const SETTLING_MS = 1_000;
/** After a peer showed that it holds something else, before it is asked back: this, plus up to as much again. */
export const ASK_BACK_MS = 100;
/** Gossip brings a change within about this time: what comes by comparison and is older was missed. */
export const GOSSIP_MS = 3_000;
/** To how many random peers this node shows that it learned what gossip missed: half of its connections, each of which does the same. */
export const SPREAD_PEERS = 6;
/** Before each of them: this, plus up to as much again. */
export const SPREAD_MS = 50;
/** Before each of the peers that are shown what this node says itself and in no hurry: by then they have heard of others, too. */
export const OWN_SPREAD_MS = 200;
/** How often it does so at once: after a partition a few comparisons bring all that is missing. */
export const SHOWINGS_AT_ONCE = 120;
/** After that, once in this time: no more often than it asks a random peer. */
export const SHOWINGS_PERIOD_MS = 5_000;

/** Comparisons at one time: one peer that is slow, or two, keep no others waiting. */
export const MAX_COMPARISONS = 3;
/** How long one peer is listened to at a stretch; then it is the turn of others. */
export const TURN_MS = 10_000;
/** For one answer. */
export const REQUEST_TIMEOUT_MS = 3_000;
/** How much is exchanged with one peer at a stretch. */
export const TURN_BYTES = 16 * 1024 * 1024;
/** What a comparison may cost beside twice the new records that it brings. A peer that lacks far more than it has to give is asked again when it has caught up. */
export const ALLOWANCE_BYTES = 256 * 1024;
/** Ranges to be looked into: an honest peer's records leave some thousands at most. */
export const MAX_OPEN_RANGES = 16_384;

/** Bounds what a peer can make us decode at once. */
export const MAX_SYNC_BYTES = 512 * 1024;
/** What one request may have: 256 of the longest names have 97 KiB. */
export const MAX_REQUEST_BYTES = 128 * 1024;
/** An answer ends with the item that takes it past this: with one record more it stays below what is decoded. */
export const ANSWER_BYTES = MAX_SYNC_BYTES / 2;
/** Of so many writers a question says what is held of each, 30 bytes: in a larger mesh the ranges are looked into. */
export const MAX_SHOWN_WRITERS = 64;
/** Bytes of records that an answer brings unasked for, where what differs has no more: 40 nodes' own records. */
export const BROUGHT_BYTES = 64 * 1024;
/** Records among them: none has fewer bytes than the signatures on it. */
export const MAX_BROUGHT = 512;
/** Ranges asked for at once: a question of 3 KB, answered by as many as fill an answer. */
export const RANGES_PER_REQUEST = 256;
/** Records or pieces of evidence asked for at once: verifying as many takes some 20 ms. */
export const IDS_PER_REQUEST = 256;
/** The same for records that another peer has been asked for: mostly they come from there, and would come twice. */
export const LEFT_IDS_PER_REQUEST = 16;

/** After a first comparison that failed a peer is left alone for this long, after each further one twice as long. */
export const FIRST_REST_MS = 5_000;
/** The longest such rest: a peer that was mended is asked again by then. */
export const LONGEST_REST_MS = 300_000;
/** Peers of which it is remembered how comparisons ended: far more than are connected, because they reconnect. */
export const MAX_NOTED_PEERS = 1_024;
/** For this long two states that were compared are not compared again. Longer is not right: what was refused for its date may be taken later. */
export const SETTLED_MS = 60_000;
/** For how long what was refused is not asked for again: it may be taken when clocks or quotas have changed. */
export const REFUSAL_MS = 60_000;
/** Refused records that are remembered: about 300 bytes each. */
export const MAX_REFUSED = 4_096;

/** Records of which this node cannot tell whose they are that one peer may deliver at once by gossip: it may have heard of a new authority earlier. */
export const UNPROVEN_AT_ONCE = 256;
/** After that, one in this time; a member that does not know an authority learns of it within seconds. */
export const UNPROVEN_PERIOD_MS = 200;

/** For how long nothing is asked for of a writer that changed too much: by then it may change 300 more. */
export const HASTY_MS = 30_000;
/** Such writers that are remembered: as many as a mesh has nodes. */
export const MAX_HASTY_WRITERS = 1_024;

/** Peers asked by a starting node what it said in earlier lives: one may be as old as its own disk. */
export const CATCH_UP_PEERS = 3;
/** Of those asked at one time: as many again as are wanted, for some may keep it waiting. */
export const CATCH_UP_QUESTIONS = 2 * CATCH_UP_PEERS;
/** Without an answer of any of them it goes on after this time. */
export const CATCH_UP_MS = 5_000;
/** After the first answer it waits this long for the others. */
export const FURTHER_ANSWERS_MS = 1_000;
