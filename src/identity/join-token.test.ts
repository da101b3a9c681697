import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName, TrustDomain } from '../core/index.ts';
import { refusalOf } from '../core/testing/index.ts';
import { NOW, trustDomain } from '../crypto/testing/index.ts';
import {
  formatInvitation,
  formatJoinToken,
  type JoinToken,
  parseInvitation,
  parseJoinToken,
  requireSameMesh,
  requireUsableToken,
  TOKEN_SECRET_BYTES,
} from './join-token.ts';

const token: JoinToken = {
  trustDomain,
  rootSha256: 'ab'.repeat(32),
  authorityAddress: '127.0.0.11:7601',
  authorityKeySha256: 'cd'.repeat(32),
  secret: new Uint8Array(TOKEN_SECRET_BYTES).fill(7),
  expiresAt: NOW,
};
const line = formatJoinToken(token);

describe('a join token', () => {
  test('is one line that comes back whole, with and without a name', () => {
    expect(line).toMatch(/^selvage1\.[A-Za-z0-9_-]+$/);
    expect(parseJoinToken(line)).toEqual(token);
    const named = { ...token, nodeName: 'n2' as NodeName }; // a label, by inspection
    expect(parseJoinToken(formatJoinToken(named))).toEqual(named);
  });

  test('may be broken over lines by a terminal', () => {
    const broken = `  ${line.slice(0, 80)}\r\n${line.slice(80, 160)}\n ${line.slice(160)}\n`;
    expect(parseJoinToken(broken)).toEqual(token);
  });

  test.each([
    ['nothing', ' \n', 'the text is empty'],
    ['something else', 'hello', "a join token begins with 'selvage1.'"],
    ['one of a later version', line.replace('selvage1', 'selvage2'), 'version 2'],
    ['one pasted twice', line + line, 'pasted more than once'],
    ['one cut off at the end', line.slice(0, -9), 'cut off or was changed'],
    ['the prefix alone', 'selvage1.', 'cut off or was changed'],
    ['one with a character changed', line.replace(/..$/, 'xx'), 'cut off or was changed'],
    ['one in quotes', `selvage1."${line.slice(9)}"`, `has the character '"' in it`],
    ['a whole file', `selvage1.${'a'.repeat(5_000)}`, 'too many for a join token'],
  ])('is not: %s', (_, text, reason) => {
    const refusal = refusalOf(() => parseJoinToken(text));
    expect(refusal.code).toBe('TOKEN_MALFORMED');
    expect(refusal.message).toContain(reason);
  });

  test.each([
    ['a hash that is too short', { rootSha256: 'ab' }],
    ['a secret that is too short', { secret: new Uint8Array(16) }],
    ['an address without a port', { authorityAddress: '127.0.0.11' }],
    ['a trust domain in upper case', { trustDomain: 'SHOP.example' as TrustDomain }],
    ['a name that is no label', { nodeName: 'N 2' as NodeName }],
  ])('with %s is refused, although it arrived whole', (_, change) => {
    const refusal = refusalOf(() => parseJoinToken(formatJoinToken({ ...token, ...change })));
    expect(refusal.message).toContain('lacks a part or has a wrong one');
  });

  test('with any one character changed is refused, and the message never repeats the secret', () => {
    fc.assert(
      fc.property(fc.nat(line.length - 1), fc.constantFrom('A', 'z', '0', '-', '.'), (at, by) => {
        fc.pre(line[at] !== by);
        const changed = line.slice(0, at) + by + line.slice(at + 1);
        const refusal = refusalOf(() => parseJoinToken(changed));
        expect(refusal.message.length).toBeLessThan(100);
      }),
      { seed: 71, numRuns: 500 },
    );
  });

  test('is usable to its last millisecond', () => {
    expect(requireUsableToken(token, NOW)).toBeUndefined();
    expect(refusalOf(() => requireUsableToken(token, NOW + 1)).code).toBe('TOKEN_EXPIRED');
  });

  test('is for one mesh', () => {
    expect(requireSameMesh(token, trustDomain)).toBeUndefined();
    const other = 'other.example' as TrustDomain; // a trust domain, by inspection
    expect(refusalOf(() => requireSameMesh(token, other)).code).toBe('TOKEN_OTHER_MESH');
  });

  test('may be for one locality', () => {
    const bound = { ...token, locality: 'eu/rack-7' };
    expect(parseJoinToken(formatJoinToken(bound))).toEqual(bound);
  });
});

describe('an invitation', () => {
  const { secret: _, expiresAt: __, ...pin } = token;
  const invitation = formatInvitation(pin);

  test('is read back, and says nothing that is a secret', () => {
    expect(parseInvitation(invitation)).toEqual(pin);
    expect(invitation.length).toBeLessThan(line.length);
  });

  test('is no join token, and a join token is no invitation', () => {
    const asToken = refusalOf(() => parseJoinToken(invitation));
    expect([asToken.code, asToken.message]).toEqual([
      'TOKEN_MALFORMED',
      'this is an invitation for hosts with a certificate, no join token',
    ]);
    expect(refusalOf(() => parseInvitation(line)).code).toBe('INVITATION_MALFORMED');
  });
});
