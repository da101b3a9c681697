import { z } from 'zod';
import type { KnownMember } from '../membership/index.ts';
import { publicKeyOf } from '../platform/index.ts';
import type { Store } from '../ports/index.ts';
import { nodeNameSchema } from '../registry/index.ts';
import { NodeError } from './errors.ts';

/** Enough to find the mesh again when some of them are gone. */
export const MAX_KNOWN_PEERS = 64;

export const knownPeerSchema = z.object({
  name: nodeNameSchema,
  peerId: z.string().max(128),
  addresses: z.array(z.string().max(256)).max(32).readonly(),
});
/** A member as it is kept and handed on: its peer id holds its key. */
export type KnownPeer = z.output<typeof knownPeerSchema>;

const SPACE = 'node';
const KEY = 'known-peers';
const schema = z.array(knownPeerSchema);

export const knownPeer = ({ name, peerId, addresses }: KnownMember): KnownPeer => ({
  name,
  peerId,
  addresses,
});

/** Its peer id is that of a node key. */
export const isDialable = ({ peerId }: KnownPeer): boolean => publicKeyOf(peerId) !== undefined;

/** Keeps whom to dial after a restart, even when all their records have expired meanwhile. */
export const writePeers = (store: Store, peers: readonly KnownPeer[]): void =>
  store
    .space(SPACE)
    .put(KEY, new TextEncoder().encode(JSON.stringify(peers.slice(0, MAX_KNOWN_PEERS))));

/** @throws NodeError DATA_DIRECTORY_DAMAGED */
export function readPeers(store: Store): readonly KnownPeer[] {
  const bytes = store.space(SPACE).get(KEY);
  if (bytes === undefined) return [];
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    const message = 'the list of the members that this node met cannot be read';
    throw new NodeError('DATA_DIRECTORY_DAMAGED', message, { cause });
  }
}
