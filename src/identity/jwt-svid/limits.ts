/** How long a token is good, milliseconds: nothing ends one before, so it is as short as fetching allows. */
export const TOKEN_LIFE_MS = 300_000;
/** Longest JWT-SVID that is read: one with the longest SPIFFE ID and four of the longest audiences fits. */
export const MAX_JWT_SVID_BYTES = 8_192;
/** Audiences of one token. Each can replay it to the others (JWT-SVID section 7.2), so one is usual. */
export const MAX_AUDIENCES = 4;
/** Characters of one audience: what issuers of the world allow, and a URL has room. */
export const MAX_AUDIENCE_CHARACTERS = 512;
