const PEER_ID = /\/p2p\/[^/]*$/;

/** Where a node is reached, for people: who is there stands in the row already. */
export const addressWords = (addresses: readonly string[]): string =>
  addresses.map((address) => address.replace(PEER_ID, '')).join(' ') || '-';
