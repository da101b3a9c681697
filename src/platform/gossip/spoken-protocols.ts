import type { Libp2p, PeerStore } from '@libp2p/interface';

/**
 * Writes down once in a connection's life which protocols a peer speaks. libp2p does it for each stream that opens, behind a
 * lock and in protobuf: a tenth of what a stream costs.
 */
export function writeProtocolsOnce(host: Pick<Libp2p, 'addEventListener' | 'peerStore'>): void {
  const { peerStore } = host;
  const written = new Map<string, Set<string>>(); // by who is connected; protocols are those that are served here
  host.addEventListener('peer:connect', ({ detail }) => written.set(`${detail}`, new Set()));
  host.addEventListener('peer:disconnect', ({ detail }) => written.delete(`${detail}`));
  const merge = peerStore.merge.bind(peerStore);
  const mergeOnce: PeerStore['merge'] = async (id, data, options) => {
    const ofPeer = written.get(id.toString()); // none of this node itself
    const { protocols = [], ...more } = data;
    const [protocol] = protocols;
    const isOfOneStream = protocols.length === 1 && Object.keys(more).length === 0;
    if (ofPeer === undefined || protocol === undefined || !isOfOneStream) {
      return await merge(id, data, options);
    }
    if (ofPeer.has(protocol)) {
      return { id, protocols, addresses: [], metadata: new Map(), tags: new Map() }; // nobody reads it
    }
    const peer = await merge(id, data, options);
    ofPeer.add(protocol);
    return peer;
  };
  peerStore.merge = mergeOnce;
}
