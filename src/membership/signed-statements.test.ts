import { expect, test } from 'bun:test';
import { generatePrivateKey, publicKeyOf, rawPublicKey } from '../crypto/index.ts';
import { memberSeals, SEAL_BYTES } from './seal.ts';
import { SignedStatements } from './signed-statements.ts';
import type { Statement } from './swim/index.ts';
import { sampleEntry } from './testing/index.ts';
import { memberTag } from './wire/index.ts';

/** Three members with true keys, each with what it signs. */
const members = [0, 1, 2].map((i) => {
  const key = generatePrivateKey('ed25519');
  const publicKey = rawPublicKey(publicKeyOf(key));
  const { name } = sampleEntry(i);
  return { key, entry: { ...sampleEntry(i), publicKey, tag: memberTag(name, 1, publicKey) } };
});

function statementsOf(i: number): SignedStatements {
  const own = members[i];
  if (own === undefined) throw new Error(`there is no member ${i}`);
  const entry = (member: number) => members[member]?.entry ?? own.entry;
  return new SignedStatements(i, entry, memberSeals(own.key));
}

const [a, b] = [statementsOf(0), statementsOf(1)];

test('what a member says is good at all others, and in nobody else’s name', () => {
  const life = a.life(65_536, false);
  const accusation = a.accusation(2, 131_072);
  for (const statement of [life, accusation]) expect(b.isGood(statement)).toBe(true);
  const changed: readonly Statement[] = [
    { ...life, subject: 1 },
    { ...life, incarnation: 65_537 },
    { ...life, leaving: true },
    { ...accusation, accuser: 1 },
    { ...accusation, subject: 1 },
    { ...accusation, incarnation: 1 },
    { ...accusation, signature: life.signature },
    { ...life, signature: new Uint8Array(64) },
  ];
  for (const statement of changed) expect(b.isGood(statement)).toBe(false);
});

test('an answer for another is good for that one, its number and its subject alone', () => {
  const proof = a.answer(1, 7);
  expect(b.isAnswer(0, 1, 7, proof)).toBe(true);
  expect(b.isAnswer(0, 1, 8, proof)).toBe(false);
  expect(b.isAnswer(0, 2, 7, proof)).toBe(false);
  expect(b.isAnswer(2, 1, 7, proof)).toBe(false);
});

test('a key under which anyone can sign is none', () => {
  const seals = memberSeals(generatePrivateKey('ed25519'));
  const signed = new Uint8Array(4 + SEAL_BYTES);
  seals.seal('selvage/life/v1', signed);
  expect(seals.verify('selvage/life/v1', new Uint8Array(32), signed)).toBe(false);
  expect(seals.verify('selvage/life/v1', new Uint8Array(31), signed)).toBe(false);
});
