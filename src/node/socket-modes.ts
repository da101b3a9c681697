/** Its owner alone. */
export const OWNERS_SOCKET = 0o600;
/** Anybody on the host may connect: the socket's file is open to all, attestation decides. */
export const ANYBODYS_SOCKET = 0o666;
