import type { Gossip } from '../gossip.ts';
import type { MemberVisits } from '../member-visits.ts';

/** Visits by the dials of hosts in memory, whose ids are `peer-<name>`; in the order in which they are named. */
export const visitsOver = (gossip: Gossip): MemberVisits => ({
  async visit(name, ask) {
    const id = `peer-${name}`;
    await gossip.dial(id, []);
    const peer = gossip.peers().find((one) => one.id === id);
    if (peer === undefined) throw new Error(`${name} is not connected`);
    return await ask(peer);
  },
  nearestFirst: (names) => names,
});
