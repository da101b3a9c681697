import { expect, test } from 'bun:test';
import { DEFAULT_NAMESPACE } from '../../core/index.ts';
import { TestIssuer } from '../../identity/testing/index.ts';
import { parseResources } from '../resources/index.ts';
import { makeAuthority, policy, TestMesh } from '../testing/index.ts';
import { describeChange } from './describe-change.ts';
import { heldTrust, previewChange } from './preview-change.ts';

const mesh = new TestMesh();
const login = new TestIssuer();

function resources(text: string) {
  const context = { trustDomain: mesh.trustDomain, namespace: DEFAULT_NAMESPACE };
  const parsed = parseResources([{ path: 'a.yaml', text }], context);
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  return parsed.value;
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
  const after = previewChange(mesh.founded, mesh.draft(mesh.founded, put));
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
  const change = mesh.draft(held, next, ['ns/default/registrations/web.json']);
  expect(describeChange(after, previewChange(held, change))).toEqual([
    '~ service default/web (tcp)',
    '- registration default/web',
    '~ authentication login (https://login.shop.example)',
    '~ policy hello',
    '~ setting svidLife: 1h → 30s',
    '~ setting policyHeaders: none → x-team, x-tenant',
  ]);
});

test('nothing to tell of a change that changes nothing', () => {
  const trust = heldTrust(mesh.founded);
  expect(describeChange(trust, trust)).toEqual([]);
});
