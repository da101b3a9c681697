import { describe, expect, test } from 'bun:test';
import { parse } from 'yaml';
import type { NodeName } from '../core/index.ts';
import { idOf, WEB } from '../crypto/testing/index.ts';
import type { ProcessFacts, Registration } from './registration.ts';
import { matchingRegistrations, needsDigest, registrationFor } from './registration-match.ts';

const n1 = 'n1' as NodeName; // labels, by inspection
const n2 = 'n2' as NodeName;
const PAYMENTS = idOf('spiffe://shop.example/ns/default/sa/payments');

const SHA256 = 'ab'.repeat(32);
const facts: ProcessFacts = {
  pid: 41,
  uid: 1_000,
  gid: 1_001,
  executable: '/usr/bin/web',
  startedByRun: false,
};

const registration = (
  spiffeId: Registration['spiffeId'],
  selectors: Registration['selectors'],
  nodes: Registration['nodes'] = 'any',
): Registration => ({ key: `default/${spiffeId.split('/').at(-1)}`, spiffeId, nodes, selectors });

const ask = (
  registrations: readonly Registration[],
  more: { facts?: ProcessFacts; node?: NodeName; requested?: Registration['spiffeId'] } = {},
) => registrationFor({ registrations, facts, node: n1, nodeUid: 900, ...more });

describe('a process has an identity', () => {
  test('when user, node and executable are those of a registration', () => {
    const web = registration(WEB, { uid: 1_000, executable: '/usr/bin/web' }, [n1]);
    expect(ask([web], { requested: WEB })).toEqual({ ok: true, value: web });
  });

  test('when any one of several registrations of that identity fits', () => {
    const fits = registration(WEB, { uid: 1_000 });
    const result = ask([registration(WEB, { uid: 5 }), fits], { requested: WEB });
    expect(result).toEqual({ ok: true, value: fits });
  });

  test('without asking for one when only one is possible', () => {
    const web = registration(WEB, { uid: 1_000 });
    expect(ask([registration(PAYMENTS, { uid: 5 }), web])).toEqual({ ok: true, value: web });
  });

  test("by the selector 'node' when it runs as the user of the node", () => {
    const web = registration(WEB, { uid: 'node' });
    expect(ask([web]).ok).toBe(false);
    expect(ask([web], { facts: { ...facts, uid: 900 } }).ok).toBe(true);
  });

  test.each([
    ['its group', { gid: 1_001 }, {}],
    ['the bytes that it runs', { sha256: SHA256 }, { executableSha256: SHA256 }],
    ['its control group', { cgroup: '/system.slice/web' }, { cgroup: '/system.slice/web' }],
    ['a control group above', { cgroup: '/system.slice' }, { cgroup: '/system.slice/web/a' }],
    ['the `selvage run` above it', { startedByRun: true as const }, { startedByRun: true }],
  ])('by %s', (_, selectors, has) => {
    const web = registration(WEB, { uid: 1_000, ...selectors });
    expect(ask([web], { facts: { ...facts, ...has } })).toEqual({ ok: true, value: web });
  });
});

describe('a process is refused an identity', () => {
  test.each([
    ['of another user', { uid: 5 }, 'any' as const, 'default/web wants user 5'],
    [
      'of another executable',
      { uid: 1_000, executable: '/usr/bin/we' },
      'any' as const,
      'wants the executable',
    ],
    ['of another node', { uid: 1_000 }, [n2], 'default/web is for n2, not for n1'],
    ['of another group', { uid: 1_000, gid: 5 }, 'any' as const, 'default/web wants group 5'],
    [
      'whose bytes are not known',
      { uid: 1_000, sha256: SHA256 },
      'any' as const,
      `wants the executable whose SHA-256 is ${SHA256}`,
    ],
    [
      'of no control group',
      { uid: 1_000, cgroup: '/web' },
      'any' as const,
      'default/web wants the control group /web',
    ],
    [
      'that started by itself',
      { uid: 1_000, startedByRun: true as const },
      'any' as const,
      "wants to be started by `selvage run` as the node's user",
    ],
    [
      'in whom more than one thing is wrong',
      { uid: 5, gid: 6 },
      [n2],
      'default/web is for n2, not for n1 and wants user 5 and wants group 6',
    ],
  ])('%s, and told what differs', (_, selectors, nodes, reason) => {
    const refused = ask([registration(WEB, selectors, nodes)], { requested: WEB });
    expect(refused.ok ? '' : refused.error.message).toContain(reason);
    expect(refused.ok ? '' : refused.error.code).toBe('IDENTITY_NOT_REGISTERED');
  });

  test('that it may not have, although it may have another', () => {
    const refused = ask([registration(WEB, { uid: 1_000 })], { requested: PAYMENTS });
    expect(refused).toMatchObject({ ok: false, error: { code: 'IDENTITY_NOT_REGISTERED' } });
  });

  test('when it may have several and names none', () => {
    const both = [registration(WEB, { uid: 1_000 }), registration(PAYMENTS, { uid: 1_000 })];
    expect(matchingRegistrations({ registrations: both, facts, node: n1, nodeUid: 900 })).toEqual(
      both,
    );
    const refused = ask(both);
    expect(refused).toMatchObject({ ok: false, error: { code: 'IDENTITY_AMBIGUOUS' } });
    expect(refused.ok ? '' : refused.error.message).toContain(`${WEB}, ${PAYMENTS}`);
  });

  test('when its executable cannot be told, by registrations that name one', () => {
    for (const executable of ['(unreadable)', '(unreachable)/usr/bin/web']) {
      const web = registration(WEB, { uid: 1_000, executable: '/usr/bin/web' });
      expect(ask([web], { facts: { ...facts, executable } }).ok).toBe(false);
    }
  });
});

test('a control group whose name only begins alike is another one', () => {
  const web = registration(WEB, { uid: 1_000, cgroup: '/system.slice/web' });
  for (const cgroup of ['/system.slice/web2', '/system.slice', '/', '/web']) {
    expect(ask([web], { facts: { ...facts, cgroup } }).ok).toBe(false);
  }
});

describe('the executable is read', () => {
  const needs = (
    selectors: Omit<Registration['selectors'], 'uid'> & { uid?: number },
    changes: Partial<ProcessFacts> = {},
    requested?: Registration['spiffeId'],
  ) =>
    needsDigest({
      registrations: [registration(WEB, { uid: 1_000, ...selectors })],
      facts: { ...facts, ...changes },
      node: n1,
      nodeUid: 900,
      ...(requested === undefined ? {} : { requested }),
    });

  test('only when a registration asks for its digest, and all else of it fits', () => {
    expect(needs({ sha256: SHA256 })).toBe(true);
    expect(needs({})).toBe(false);
    expect(needs({ sha256: SHA256, uid: 5 })).toBe(false);
    expect(needs({ sha256: SHA256, gid: 5 })).toBe(false);
    expect(needs({ sha256: SHA256 }, {}, PAYMENTS)).toBe(false);
  });

  test('once, also when it cannot be', () => {
    expect(needs({ sha256: SHA256 }, { executableSha256: 'cd'.repeat(32) })).toBe(false);
    expect(needs({ sha256: SHA256 }, { executableSha256: '(unreadable)' })).toBe(false);
  });
});

describe('the refusal shows a registration to paste', () => {
  const entryFor = (changes: Partial<ProcessFacts>): string => {
    const refused = ask([], { requested: WEB, facts: { ...facts, ...changes } });
    return refused.ok ? '' : refused.error.remedy.slice(refused.error.remedy.indexOf('apiVersion'));
  };

  test('that would have let the process in', () => {
    expect(parse(entryFor({}))).toEqual({
      apiVersion: 'selvage.dev/v1alpha1',
      kind: 'Registration',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        serviceAccount: 'web',
        nodes: ['n1'],
        selectors: { uid: 1_000, executable: '/usr/bin/web' },
      },
    });
  });

  test('without an executable when the kernel does not show it', () => {
    expect(parse(entryFor({ executable: '(unreadable)' })).spec.selectors).toEqual({ uid: 1_000 });
  });

  test('into which the name of the executable smuggles nothing', () => {
    const executable = '/tmp/x"\n---\nkind: Registration\nspec: {serviceAccount: root}\n#';
    expect(parse(entryFor({ executable })).spec.selectors.executable).toBe(executable);
  });

  test('with the digest where it was read, and what else could narrow it as comments', () => {
    const text = entryFor({ executableSha256: SHA256, cgroup: '/a"\nb', startedByRun: true });
    expect(parse(text).spec.selectors).toMatchObject({ sha256: SHA256 });
    expect(text.split('\n').slice(-4)).toEqual([
      '    # what else it may be held to:',
      '    # gid: 1001',
      '    # cgroup: "/a\\"\\nb"',
      '    # startedByRun: true',
    ]);
    expect(entryFor({ executableSha256: '(unreadable)', cgroup: '/' })).not.toMatch(/sha|cgroup/);
  });
});
