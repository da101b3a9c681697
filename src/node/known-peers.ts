import { z } from 'zod';
import type { PeerAddress, PeerId, Store } from '../ports/index.ts';

/** Somebody to dial before any record says so: as the authority named it when this node joined. */
export interface KnownPeer {
  readonly id: PeerId;
  readonly addresses: readonly PeerAddress[];
}

const SPACE = 'node';
const KEY = 'first-peers';
const schema = z.array(z.object({ id: z.string(), addresses: z.array(z.string()) }));

export const writePeers = (store: Store, peers: readonly KnownPeer[]): void =>
  store.space(SPACE).put(KEY, new TextEncoder().encode(JSON.stringify(peers)));

export function readPeers(store: Store): readonly KnownPeer[] {
  const bytes = store.space(SPACE).get(KEY);
  return bytes === undefined ? [] : schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}
