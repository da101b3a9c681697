import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import type { AuthorityTarget } from '../governance/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { isUnderWay, withNextKeys } from './authority-rotation.ts';
import { Scene } from './testing/index.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 86_400_000;
const key = (kid: string) => ({ kid, x: kid, y: kid });

const target: AuthorityTarget = {
  node: 'n1' as NodeName, // a label, by inspection
  onlineKey: 'ab'.repeat(32),
  certificates: [{ pem: 'old' }, { pem: 'older', untilMs: NOW + 1 }, { pem: 'gone', untilMs: NOW }],
  namespaces: 'any',
  tokenKeys: [key('old')],
};
const next = { certificatePem: 'next', tokenKey: key('next'), untilMs: NOW + DAY_MS, now: NOW };

describe('a rotation', () => {
  test('puts the next keys first, gives those before an end, and leaves out what has ended', () => {
    expect(withNextKeys(target, next)).toEqual({
      ...target,
      certificates: [
        { pem: 'next' },
        { pem: 'old', untilMs: NOW + DAY_MS },
        { pem: 'older', untilMs: NOW + 1 }, // no rotation gives a key more time
      ],
      tokenKeys: [key('next'), { ...key('old'), untilMs: NOW + DAY_MS }],
    });
  });

  test('never lists more than four, the newest', () => {
    const pems = ['d', 'c', 'b', 'a'].map((pem) => ({ pem }));
    const { certificates } = withNextKeys({ ...target, certificates: pems }, next);
    expect(certificates.map(({ pem }) => pem)).toEqual(['next', 'd', 'c', 'b']);
  });

  test('is under way once its certificate is in force', () => {
    expect(isUnderWay(target, 'next')).toBe(false);
    expect(isUnderWay(withNextKeys(target, next), 'next')).toBe(true);
  });
});

describe('the command', () => {
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
  });
  afterEach(() => scene.end());
  const signed = () => [...scene.as('ada'), '--yes'];

  test('rotates the keys of the node that is asked, once, and shows how far it is', async () => {
    const rotate = ['authority', 'rotate', '--retire-after', '1d', ...signed()];
    const { out } = await scene.run(rotate);
    expect(out).toMatch(/authority n1: certificates .* until \d{4}-/);
    expect(out).toContain('published version 2');
    const [authority] = scene.node.inForce.authorities;
    expect(authority?.certificates.map(({ untilMs }) => untilMs !== undefined)).toEqual([
      false,
      true,
    ]);
    expect(authority?.tokenKeys).toHaveLength(1);
    const again = await scene.run(rotate);
    expect([again.code, again.errors]).toEqual([2, expect.stringContaining('under way already')]);
    const { items } = JSON.parse((await scene.run(['authority', 'list', '-o', 'json'])).out);
    expect(items.map(({ state }: { state: string }) => state)).toEqual(['coming', 'signs']);
    const list = await scene.run(['authority', 'list']);
    expect(list.out).toMatch(/NODE +CERTIFICATE SHA-256 +STATE +ENDS +NAMESPACES +TOKEN KEYS/);
    expect(list.out).toMatch(/n1 +[0-9a-f]{64} +coming +\d{4}-.*any/);
  });

  test('is what the list of authorities says to do before a certificate ends', async () => {
    expect((await scene.run(['authority', 'list'])).errors).toBe('');
    const clock = new FakeClock(new FakeClock().now() + 340 * DAY_MS);
    const { out, errors } = await scene.run(['authority', 'list', '-o', 'json'], { clock });
    expect(JSON.parse(out).items).toHaveLength(1);
    expect(errors).toMatch(
      /^warning: the CA certificate of n1 ends in 2\dd.*: give it new keys, with `selvage authority rotate n1` on its host\n$/,
    );
  });

  test('takes the name of the node that is asked, and of no other', async () => {
    const named = (node: string) => scene.run(['authority', 'rotate', node, ...signed()]);
    const { code, errors } = await named('n2');
    expect([code, errors]).toEqual([
      2,
      expect.stringContaining('asked is n1, not n2\n  try: Rotate'),
    ]);
    expect((await named('n1')).out).toContain('published version 2');
  });

  test('refuses to retire keys before the mesh can have heard of others', async () => {
    const { code, errors } = await scene.run(['authority', 'rotate', '--retire-after', '9s']);
    expect([code, errors]).toEqual([2, expect.stringContaining('write 10 seconds or more')]);
  });

  test('limits an authority to namespaces, each once', async () => {
    const add = ['authority', 'add', 'n2', '--namespace', 'edge', '--namespace', 'edge'];
    await scene.run([...add, ...signed()]);
    const n2 = scene.node.inForce.authorities.find(({ node }) => node === 'n2');
    expect(n2?.namespaces).toEqual(['edge'] as never);
    const { out } = await scene.run(['authority', 'list']);
    expect(out).toMatch(/n2 .* edge /);
  });
});
