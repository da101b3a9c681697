import { expect, test } from 'bun:test';
import { DEFAULT_NAMESPACE, type Namespace } from '../../core/index.ts';
import { pemSha256 } from '../../crypto/index.ts';
import { TestIssuer } from '../../identity/testing/index.ts';
import type { TrustFiles } from '../repository/index.ts';
import { encodeTarget, parseResources, type TargetContent } from '../resources/index.ts';
import { makeAuthority, policy, proposed, TestMesh } from '../testing/index.ts';
import { describeChange, detailChange } from './describe-change.ts';
import { heldTrust, previewProposal } from './preview-change.ts';

const mesh = new TestMesh();
const login = new TestIssuer();

function resources(text: string) {
  const context = { trustDomain: mesh.trustDomain, namespace: DEFAULT_NAMESPACE };
  const parsed = parseResources([{ path: 'a.yaml', text }], context);
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  return parsed.value;
}

/** What would be in force once the governor has signed this. */
function previewed(
  held: TrustFiles,
  put: readonly TargetContent[],
  remove: readonly string[] = [],
) {
  const targets = put.map((content) => encodeTarget(content, mesh.trustDomain));
  return previewProposal(held, proposed(held, { put: targets, remove }));
}

const HEAD = 'apiVersion: selvage.dev/v1alpha1\n';
const SERVICE = `${HEAD}kind: Service\nmetadata: { name: web }\nspec: { protocol: http }\n`;
const REGISTRATION = `${HEAD}kind: Registration\nmetadata: { name: web }\nspec: { nodes: [n1, n2], selectors: { uid: 1000 } }\n`;

test('a change is told in words before it is signed', () => {
  const put = [
    ...resources(`${SERVICE}---\n${REGISTRATION}`),
    policy('hello'),
    { kind: 'RequestAuthentication', authentication: login.authentication() } as const,
    { kind: 'Authority', authority: makeAuthority('n2').target } as const,
  ];
  const before = heldTrust(mesh.founded);
  const after = previewed(mesh.founded, put);
  expect(describeChange(before, after)).toEqual([
    '+ authority n2',
    '+ service default/web (http)',
    '+ registration default/web (uid 1000, n1, n2)',
    '+ authentication login (https://login.shop.example)',
    '+ policy hello',
  ]);

  const held = mesh.publish(mesh.founded, put);
  const next = [
    ...resources(
      `${SERVICE.replace('http', 'tcp')}---\n${HEAD}kind: MeshSettings\nspec: { svidLife: 30s, policyHeaders: [x-team, x-tenant] }\n`,
    ),
    policy('hello', 'forbid(principal, action, resource);'),
    {
      kind: 'RequestAuthentication',
      authentication: login.authentication({ claims: [] }),
    } as const,
  ];
  const changed = previewed(held, next, ['ns/default/registrations/web.json']);
  expect(describeChange(after, changed)).toEqual([
    '~ service default/web (tcp): protocol http → tcp',
    '- registration default/web',
    '~ authentication login (https://login.shop.example): claims - email',
    '~ policy hello',
    '~ setting svidLife: 1h → 30s',
    '~ setting policyHeaders: none → x-team, x-tenant',
  ]);
});

test('of a new registration all that it asks for is told, so that nobody signs less than was meant', () => {
  const sha256 = 'ab'.repeat(32);
  const selectors = `uid: 7, gid: 8, executable: /usr/bin/web, sha256: ${sha256}, cgroup: /a.slice, startedByRun: true`;
  const put = resources(REGISTRATION.replace('uid: 1000', selectors));
  const before = heldTrust(mesh.founded);
  expect(describeChange(before, previewed(mesh.founded, put))).toEqual([
    `+ registration default/web (uid 7, gid 8, /usr/bin/web, sha256 ${sha256.slice(0, 16)}, cgroup /a.slice, started by selvage run, n1, n2)`,
  ]);
});

test('of an authority its certificates and namespaces are told, never only that they changed', () => {
  const [one, two] = [{ pem: 'aaaa' }, { pem: 'bbbb' }];
  const target = { ...mesh.n1.target, certificates: [one] };
  const trust = { ...heldTrust(mesh.founded), authorities: [target] };
  const next = {
    ...target,
    certificates: [two, { ...one, untilMs: Date.UTC(2030, 0, 1) }],
    namespaces: ['shop' as Namespace], // a label
  };
  const sha256 = ({ pem }: { readonly pem: string }) => pemSha256(pem).slice(0, 16);
  expect(describeChange(trust, { ...trust, authorities: [next] })).toEqual([
    `~ authority n1 (for shop): namespaces any → shop, certificates + ${sha256(two)} ~ ${sha256(one)} until 2030-01-01T00:00:00.000Z`,
  ]);
});

test('what is revoked, and who vouches for nodes, is told', () => {
  const before = '2026-11-20T17:00:00Z';
  const put = resources(
    `${HEAD}kind: Revocation\nmetadata: { name: stolen }\nspec: { node: n3, before: ${before} }\n---\n` +
      `${HEAD}kind: Revocation\nmetadata: { name: key }\nspec: { key: ${'ab'.repeat(32)} }\n---\n` +
      `${HEAD}kind: NodeAttestation\nmetadata: { name: corp }\nspec: { kind: x509pop, certificates: ['-----BEGIN CERTIFICATE-----'], nodeName: dns, dnsDomain: hosts.example }\n`,
  );
  const after = previewed(mesh.founded, put);
  expect(describeChange(heldTrust(mesh.founded), after)).toEqual([
    '+ revocation key (key abababababababab)',
    '+ revocation stolen (node n3 before 2026-11-20T17:00:00.000Z)',
    '+ attestation corp (x509pop)',
  ]);
});

test('nothing to tell of a change that changes nothing', () => {
  const trust = heldTrust(mesh.founded);
  expect(describeChange(trust, trust)).toEqual([]);
});

test('who signs what others wrote is shown all of it', () => {
  const id = (end: string): string => `spiffe://${mesh.trustDomain}/ns/${end}`;
  const put = [
    ...resources(`${SERVICE}---\n${REGISTRATION}`),
    policy('hello', 'permit(\n  a\n);\n'),
  ];
  const [before, after] = [heldTrust(mesh.founded), previewed(mesh.founded, put)];
  const service = [
    '+ service default/web (http)',
    '    + key: "default/web"',
    '    + protocol: "http"',
    `    + identities: ["spiffe://${mesh.trustDomain}/ns/default/sa/web"]`,
  ];
  const lines = detailChange(before, after);
  expect(lines.slice(0, 4)).toEqual(service);
  expect(lines.slice(-5)).toEqual([
    '+ policy hello',
    ...['    + permit(', '    +   a', '    + );', '    + '],
  ]);
  const held = mesh.publish(mesh.founded, put);
  const other = `${SERVICE.trimEnd().slice(0, -2)}, identities: ["spiffe://${mesh.trustDomain}/ns/x/sa/y"] }\n`;
  const next = [...resources(other), policy('hello', 'permit(\n  b\n);\n')];
  const changed = previewed(held, next);
  expect(detailChange(after, changed)).toEqual([
    `~ service default/web (http): identities + ${id('x/sa/y')} - ${id('default/sa/web')}`,
    '      key: "default/web"',
    '      protocol: "http"',
    `    - identities: ["spiffe://${mesh.trustDomain}/ns/default/sa/web"]`,
    `    + identities: ["spiffe://${mesh.trustDomain}/ns/x/sa/y"]`,
    '      connectTimeoutMs: 1000',
    '      requestTimeoutMs: 15000',
    '~ policy hello',
    ...['      permit(', '    -   a', '    +   b', '      );', '      '],
  ]);
  expect(detailChange(after, before)).toContain('    - permit(');
});

test('a text that would steer the terminal is shown, and steers nothing', () => {
  const trap = policy(
    'hello',
    'permit(principal, action, resource); // \u001b[2K\u202e\r\u2028x\n',
  );
  const after = previewed(mesh.founded, [trap]);
  expect(detailChange(heldTrust(mesh.founded), after)).toContain(
    '    + permit(principal, action, resource); // \\u{1b}[2K\\u{202e}\\u{d}\\u{2028}x',
  );
});
