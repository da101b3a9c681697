const MIB = 1_048_576;

/** Changes that a node remembers, the oldest forgotten first: a year of several a week. */
export const MAX_CHANGES = 200;

/** What these may take on disk, lists and contents, each content once, bytes. */
export const MAX_HISTORY_BYTES = 64 * MIB;

/** Lines in which one change is told; who wants all of them compares the versions. */
export const MAX_LINES = 200;

/** What keeping a blob or a change costs beside its own bytes: a key, an index entry, bytes. */
export const OVERHEAD_BYTES = 256;
