import type { NodeName } from '../../core/index.ts';
import { formatJoinToken, TokenBook } from '../../identity/index.ts';
import type { RecordStore } from '../../replication/index.ts';
import { rootSha256 } from '../init-node.ts';
import { JoinDesk } from '../join-desk.ts';
import type { TestMember } from './test-mesh.ts';

/** Where desks listen in tests: no address that a demo or another test takes. */
export const DESK_HOST = '127.0.0.31';
/** What a desk tells joiners of whom to dial first. */
export const DESK_MEMBER = {
  name: 'n1' as NodeName, // a label
  peerId: 'peer-n1',
  addresses: ['/ip4/127.0.0.31/tcp/7600'],
};

export interface OpenDesk {
  readonly desk: JoinDesk;
  readonly tokens: TokenBook;
  readonly records: RecordStore;
  readonly member: TestMember;
}

/** The desk of an authority on a free port, with the book of its tokens. */
export function deskOf(member: TestMember): OpenDesk {
  const { clock, random, log, meter, trust, role, directory } = member;
  const records = member.openRecords();
  const tokens = new TokenBook(directory.store, clock, random);
  const desk = new JoinDesk({
    host: DESK_HOST,
    port: 0,
    clock,
    random,
    log,
    meter,
    trust,
    role,
    tokens,
    records,
    identity: directory.identity,
    members: () => [DESK_MEMBER],
  });
  return { desk, tokens, records, member };
}

/** A fresh token of the desk's authority; `at` leads the joiner elsewhere. */
export function tokenOf(
  { desk, tokens, member }: OpenDesk,
  options: {
    readonly name?: string;
    readonly locality?: string;
    readonly at?: string;
    readonly lifeMs?: number;
  } = {},
): string {
  const named = {
    ...(options.name === undefined ? {} : { nodeName: options.name as NodeName }), // a label
    ...(options.locality === undefined ? {} : { locality: options.locality }),
  };
  const { secret, expiresAt } = tokens.create({ lifeMs: options.lifeMs ?? 3_600_000, ...named });
  return formatJoinToken({
    trustDomain: member.directory.identity.trustDomain,
    rootSha256: rootSha256(member.trust.files()),
    authorityAddress: options.at ?? `${DESK_HOST}:${desk.port}`,
    authorityKeySha256: member.ca.keySha256,
    secret,
    expiresAt,
    ...named,
  });
}
