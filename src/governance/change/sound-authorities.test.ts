import { describe, expect, test } from 'bun:test';
import { type Namespace, workloadSpiffeId } from '../../core/index.ts';
import { makeUpAuthority, makeUpCa, NOW } from '../../crypto/testing/index.ts';
import { GovernanceError } from '../errors.ts';
import type { TrustFiles } from '../repository/index.ts';
import type { TargetContent } from '../resources/index.ts';
import { makeAuthority, person, TestMesh } from '../testing/index.ts';
import type { AuthorityTarget } from '../trust-set.ts';

const mesh = new TestMesh(NOW);
const n1 = mesh.n1.target;
const n2 = makeAuthority('n2').target;
const SHOP = 'shop' as Namespace; // labels, by inspection
const PAY = 'pay' as Namespace;

const authority = (target: AuthorityTarget): TargetContent => ({
  kind: 'Authority',
  authority: target,
});

const registration = (namespace: Namespace): TargetContent => ({
  kind: 'Registration',
  registration: {
    key: `${namespace}/web`,
    spiffeId: workloadSpiffeId(mesh.trustDomain, namespace, 'web'),
    nodes: 'any',
    selectors: { uid: 'node' },
  },
});

/** Why a change is not even drafted; 'none' when it is. */
function refusal(put: readonly TargetContent[], held: TrustFiles = mesh.founded): string {
  try {
    mesh.draft(held, put, [], NOW);
  } catch (error) {
    if (error instanceof GovernanceError && error.code === 'AUTHORITY_UNSOUND')
      return error.message;
    throw error;
  }
  return 'none';
}

describe('a change is not drafted', () => {
  const tokenKey = {
    kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };

  test('that gives two authorities one key, of whatever use', () => {
    const both = 'authorities n1 and n2 have one';
    expect(refusal([authority(n2)])).toBe('none');
    expect(refusal([authority({ ...n2, certificates: n1.certificates })])).toContain(
      `${both} CA key`,
    );
    expect(refusal([authority({ ...n2, onlineKey: n1.onlineKey })])).toContain(
      `${both} online key`,
    );
    const going = n1.certificates.map((one) => ({ ...one, untilMs: NOW + 1_000 }));
    const retiring = {
      node: n2.node,
      namespaces: 'any',
      certificates: going,
      tokenKeys: [],
    } as const;
    expect(refusal([{ kind: 'RetiringAuthority', retiring }])).toContain(`${both} CA key`);
    const shared = [n1, n2].map((one) => authority({ ...one, tokenKeys: [tokenKey] }));
    expect(refusal(shared)).toContain(`${both} token key`);
  });

  test('with a certificate that nobody could take for an authority’s', async () => {
    const wrong = [
      ['-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n', 'this is no certificate'],
      [(await makeUpAuthority({ isAuthority: false })).pem, 'it is no CA certificate'],
      [(await makeUpAuthority({ uris: ['spiffe://other.example'] })).pem, 'its URI name is not'],
      [(await makeUpAuthority({ notAfter: NOW - 1_000 })).pem, 'it ended at'],
      [(await makeUpAuthority({}, await makeUpCa())).pem, 'it is not signed by its own key'],
    ] as const;
    for (const [pem, problem] of wrong) {
      expect(refusal([authority({ ...n2, certificates: [{ pem }] })])).toContain(
        `authority n2: its CA certificate cannot be used: ${problem}`,
      );
    }
  });

  test('that leaves a registration without an authority that may sign for it', () => {
    const limited = authority({ ...n1, namespaces: [SHOP] });
    const problem = 'registration pay/web: no authority may sign for its namespace';
    expect(refusal([limited, registration(SHOP)])).toBe('none');
    expect(refusal([limited, registration(PAY)])).toContain(problem);
    const held = mesh.publish(mesh.founded, [registration(PAY)], [], mesh.n1.online, NOW);
    expect(refusal([limited], held)).toContain(problem);
    expect(refusal([limited, authority({ ...n2, namespaces: [PAY] })], held)).toBe('none');
    expect(refusal([limited, authority(n2)], held)).toBe('none');
  });
});

describe('a change is drafted', () => {
  test('beside an authority whose certificate has ended: it has nothing to do with it', async () => {
    const short = { ...n2, certificates: [{ pem: (await makeUpAuthority()).pem }] };
    const held = mesh.publish(mesh.founded, [authority(short)], [], mesh.n1.online, NOW);
    const later = NOW + 24 * 3_600_000;
    expect(() => mesh.draft(held, [registration(SHOP)], [], later)).not.toThrow();
    const other = { ...short, onlineKey: person('ada').publicKey };
    expect(() => mesh.draft(held, [authority(other)], [], later)).not.toThrow();
  });

  test('that gives an authority a further certificate of the same key, or another chain', async () => {
    const root = await makeUpCa({ subject: 'CN=Enterprise Root' });
    const own = await makeUpAuthority({}, root);
    const listed = { ...n2, certificates: [{ pem: own.pem, chainPem: [root.pem] }] };
    expect(refusal([authority(listed)])).toBe('none');
    const twice = { ...n1, certificates: [...n1.certificates, ...n1.certificates] };
    expect(refusal([authority(twice)])).toBe('none');
  });
});
