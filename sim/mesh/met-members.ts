import type { KnownMember, Membership } from '../../src/membership/index.ts';
import { NODE_KEY, NODE_KIND, nodeClaimSchema } from '../../src/registry/index.ts';
import type { RecordContent, RecordStore, SignedContent } from '../../src/replication/index.ts';
import { peerIdOf } from './identity.ts';

/**
 * Keeps a node's membership told of all that have a node record, as its registry would: but what a record says
 * is read once for all nodes, so that a thousand of them can know a thousand members.
 */
export function meetMembers(records: RecordStore, membership: Membership): void {
  records.onChange((changes) => {
    for (const { record, bytes } of changes) {
      const isInForce = bytes !== undefined;
      if (isInForce && isNodeRecord(record.content)) membership.learn(memberOf(record.content));
    }
  });
}

/** All members of which a node has a record now. */
export const membersIn = (records: RecordStore): readonly KnownMember[] =>
  records
    .snapshot()
    .records()
    .flatMap(({ content }) => (isNodeRecord(content) ? memberOf(content) : []));

const isNodeRecord = ({ kind, key }: Pick<RecordContent, 'kind' | 'key'>): boolean =>
  kind === NODE_KIND && key === NODE_KEY;

/** What nodes hold of one record is one object. */
const members = new WeakMap<SignedContent, readonly KnownMember[]>();

/** One member, or none when the record makes no sense. */
function memberOf(content: SignedContent): readonly KnownMember[] {
  const known = members.get(content) ?? readMember(content);
  members.set(content, known);
  return known;
}

function readMember({ writer, publicKey, sequence, value }: SignedContent): readonly KnownMember[] {
  const claim = nodeClaimSchema.safeParse(value);
  if (!claim.success || claim.data.name !== writer) return [];
  const { epoch, boot } = sequence;
  const { addresses } = claim.data;
  return [{ name: writer, peerId: peerIdOf(publicKey), publicKey, epoch, boot, addresses }];
}
