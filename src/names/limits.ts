/** Bounds on what programs of this host, and resolvers, can make a node hold or do for names. */

/** One question, bytes: a name of 255 with EDNS options takes less than half. */
export const QUESTION_BYTES = 1_024;

/** One answer over UDP, bytes, whatever the asker says that it takes; more is cut, and asked for again over TCP. */
export const UDP_ANSWER_BYTES = 4_096;

/** What an asker takes over UDP that says nothing of it, bytes (RFC 1035 section 4.2.1). */
export const PLAIN_UDP_BYTES = 512;

/** Questions for other names under way at resolvers, of all programs together: each holds a socket. */
export const FORWARDED_QUESTIONS = 256;

/** The same, of one asker: a program that floods must not take all the places. */
export const FORWARDED_PER_ASKER = 32;

/** Resolvers of one question that are asked, each once: as many as the system's own library asks. */
export const RESOLVERS_TRIED = 3;

/** How long one resolver may take, milliseconds: three of them answer within the 5 s that programs wait. */
export const RESOLVER_TIMEOUT_MS = 1_500;

/** Answers that do not fit their question, until that resolver is given up: somebody guesses. */
export const WRONG_ANSWERS = 8;

/** TCP connections of askers at a time; more are closed at once. */
export const TCP_ASKERS = 128;

/** How long a TCP connection may lie without a question under way, milliseconds (RFC 7766 section 6.2.3). */
export const TCP_IDLE_MS = 10_000;

/** How long an answer for a name of the mesh may be kept, seconds: it is right for the asker alone. */
export const TTL_S = 5;

/** How long it may be kept that a name is not there, seconds: services come at any time. */
export const NEGATIVE_TTL_S = 1;
