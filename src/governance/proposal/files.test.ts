import { expect, test } from 'bun:test';
import { encode } from '@ipld/dag-cbor';
import fc from 'fast-check';
import { codeOf } from '../../core/testing/index.ts';
import { signProposal } from '../change/index.ts';
import { encodeTarget } from '../resources/index.ts';
import { person, policy, proposed, TestMesh } from '../testing/index.ts';
import { decodeProposal, encodeProposal, type ProposalId, sealProposal } from './body.ts';
import { decodeCarried, decodeVerdict, encodeCarried, encodeVerdict } from './files.ts';
import { MAX_PROPOSAL_BYTES, MAX_REASON_CHARACTERS } from './limits.ts';
import { isRejectionSigned, signRejection } from './verdict.ts';

const mesh = new TestMesh();
const founder = person('governor', mesh.governor);
const proposal = proposed(mesh.founded, {
  put: [encodeTarget(policy('a'), mesh.trustDomain)],
  reason: 'let in “frontend”',
});

test('a proposal is what its id says: no other reason, date, content or part has it', () => {
  expect(decodeProposal(encodeProposal(proposal))).toEqual({ ok: true, value: proposal });
  for (const other of [
    { reason: 'let in all' },
    { createdAtMs: proposal.createdAtMs + 1 },
    { contents: [] },
    { parts: proposal.parts.map((part) => ({ ...part, signed: Buffer.from('{}') })) },
  ]) {
    const read = decodeProposal(encodeProposal({ ...proposal, ...other }));
    expect(read.ok && read.value.id).not.toBe(proposal.id);
  }
});

test('a body that is no proposal is refused with what is wrong', () => {
  const [part] = proposal.parts;
  if (part === undefined) throw new Error('it has a part');
  const bodies: [Partial<typeof proposal>, string][] = [
    [{ parts: [] }, 'parts'],
    [{ parts: [part, part] }, 'twice'],
    [{ parts: [{ ...part, role: 'ns.UPPER' }] }, 'role'],
    [{ reason: 'two\nlines' }, 'reason'],
    [{ createdAtMs: -1 }, 'createdAtMs'],
  ];
  for (const [wrong, says] of bodies) {
    const read = decodeProposal(encodeProposal({ ...proposal, ...wrong }));
    expect(read.ok ? 'taken' : read.error).toContain(says);
  }
  const large = decodeProposal(new Uint8Array(MAX_PROPOSAL_BYTES + 1));
  expect(large.ok ? '' : large.error).toContain(`at most ${MAX_PROPOSAL_BYTES}`);
  expect(decodeProposal(encode({ v: 2 })).ok).toBe(false);
});

test('a reason is one printable line, in whatever script', () => {
  const reasonOf = (reason: string) => codeOf(() => sealProposal({ ...proposal, reason }));
  for (const good of ['', 'für Zoë: 支払い 🚀', 'x'.repeat(MAX_REASON_CHARACTERS)]) {
    expect(reasonOf(good)).toBe('none');
  }
  const hostile = ['a\nb', 'a\u0007', '\u001b[2J', 'a\u202eb', '\u2028', '\ud800', 'a\u200bb'];
  for (const bad of [...hostile, 'x'.repeat(MAX_REASON_CHARACTERS + 1)]) {
    expect(reasonOf(bad)).toBe('REASON_UNREADABLE');
    expect(codeOf(() => signRejection(founder.signer, proposal.id, bad))).toBe('REASON_UNREADABLE');
  }
});

test('a proposal that is carried away has all that is needed to look at it and to sign it', () => {
  const text = encodeCarried({ held: mesh.founded, proposal });
  expect(decodeCarried(text)).toEqual({ ok: true, value: { held: mesh.founded, proposal } });
  expect(JSON.parse(text)).toMatchObject({ id: proposal.id, reason: 'let in “frontend”' });
  const relabelled = JSON.stringify({ ...JSON.parse(text), reason: 'harmless', id: 'ab' });
  const read = decodeCarried(relabelled);
  expect(read.ok && read.value.proposal).toEqual(proposal);
  for (const broken of ['', '{}', 'null', text.slice(0, -40), text.replace('proposal/1', 'x/9')]) {
    expect(decodeCarried(broken).ok).toBe(false);
  }
});

test('approvals and rejections are files that a person can read, and come back as they were', () => {
  const approval = signProposal(mesh.founded, proposal, founder.signer);
  const rejection = signRejection(founder.signer, proposal.id, 'not on a Friday');
  for (const verdict of [approval, rejection]) {
    expect(decodeVerdict(encodeVerdict(verdict))).toEqual({ ok: true, value: verdict });
  }
  expect(JSON.parse(encodeVerdict(rejection))).toMatchObject({ reason: 'not on a Friday' });
  const twice = { ...approval, signatures: [...approval.signatures, ...approval.signatures] };
  expect(decodeVerdict(encodeVerdict(twice)).ok).toBe(false);
  expect(decodeVerdict(' '.repeat(70_000)).ok).toBe(false);
});

test('a rejection is signed for this proposal and this reason alone', () => {
  const rejection = signRejection(founder.signer, proposal.id, 'no');
  expect(isRejectionSigned(rejection)).toBe(true);
  const other = '0'.repeat(64) as ProposalId; // by its form
  for (const forged of [
    { ...rejection, proposal: other },
    { ...rejection, reason: 'yes' },
    { ...rejection, publicKey: person('stranger').publicKey },
    { ...rejection, publicKey: '0'.repeat(64) },
  ]) {
    expect(isRejectionSigned(forged)).toBe(false);
  }
});

test('no text makes the readers of files throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(decodeCarried(text).ok).toBe(false);
      expect(decodeVerdict(text).ok).toBe(false);
      expect(decodeProposal(Buffer.from(text)).ok).toBe(false);
    }),
    { seed: 44, numRuns: 200 },
  );
});
