// RFC 3986 section 3.2.2 without percent-encoding and sub-delimiters, which no host name has.
const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]*)|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Is this a host, perhaps with a port, in lower case? */
export const isHost = (text: string): boolean => HOST.test(text);
