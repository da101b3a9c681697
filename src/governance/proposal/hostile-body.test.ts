import { expect, test } from 'bun:test';
import type { NodeName } from '../../core/index.ts';
import { canonicalOf, parseRoot, type Role } from '../repository/index.ts';
import { GovernedMesh } from '../testing/governed-mesh.ts';
import { opened } from '../testing/mesh.ts';
import { sealProposal } from './body.ts';
import { proposalClaimOf } from './claim.ts';
import { ProposalBook } from './proposal-book.ts';

const held = opened(new GovernedMesh().founded);
const createdAtMs = Date.now();

const proposalOf = (role: Role, signed: Uint8Array) =>
  sealProposal({ parts: [{ role, signed }], contents: [], reason: '', createdAtMs });

test('a body that names keys as every object has them keeps no node from looking at proposals', () => {
  const people = { keyids: ['constructor'], threshold: 1 };
  const signed = { ...held.root.signed.toJSON(), version: held.root.signed.version + 1 };
  const roles = { ...Object(held.root.signed.toJSON().roles), root: people, targets: people };
  const json = JSON.stringify({ signatures: [], signed: { ...signed, roles } });
  const root = parseRoot(new TextEncoder().encode(json));
  if (!root.ok) throw new Error(root.error);
  const proposal = proposalOf('root', canonicalOf(root.value));
  const book = new ProposalBook(held, { kept: () => undefined });
  expect(book.take(proposal).ok).toBe(true);
  book.say({ record: 'r', writer: 'n9' as NodeName, claim: proposalClaimOf(proposal) });
  // It asks for the signature of somebody who is nobody, so it never comes into force.
  expect(book.known(createdAtMs).map(({ state }) => state)).toEqual(['rejected']);
});

test('a body that nests without end is refused, and overruns nothing', () => {
  const deep = `{"_type":"targets","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const taken = new ProposalBook(held, { kept: () => undefined }).take(
    proposalOf('targets', new TextEncoder().encode(deep)),
  );
  expect(taken.ok ? '' : taken.error).toContain('nests');
});
