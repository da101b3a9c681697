import { describe, expect, test } from 'bun:test';
import { DEFAULT_NAMESPACE, formatProblem, type Problem, type Result } from '../../core/index.ts';
import { generatePrivateKey, publicKeyOf, tokenKeyOf } from '../../crypto/index.ts';
import type { TokenKey } from '../../identity/index.ts';
import { trustDomain } from '../testing/index.ts';
import type { AuthorityTarget } from '../trust-set.ts';
import { decodeTarget } from './decode-target.ts';
import { encodeTarget } from './encode-target.ts';
import { parseResources } from './parse-resources.ts';
import type { Resource } from './resource.ts';

const domain = trustDomain();
const KEY = 'ab'.repeat(32);
const PEM = '-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n';
const BEFORE = Date.UTC(2026, 10, 20, 17);

function parse(kind: string, spec: object): Result<readonly Resource[], readonly Problem[]> {
  const head = `apiVersion: selvage.dev/v1alpha1\nkind: ${kind}\nmetadata: { name: a }\n`;
  const text = `${head}spec: ${JSON.stringify(spec)}\n`;
  return parseResources([{ path: 'a.yaml', text }], {
    trustDomain: domain,
    namespace: DEFAULT_NAMESPACE,
  });
}

/** The one problem, without its place. */
function problem(kind: string, spec: object): string {
  const parsed = parse(kind, spec);
  const [first, ...more] = parsed.ok ? [] : parsed.error.map(formatProblem);
  expect(more).toEqual([]);
  return (first ?? 'none').replace(/^a\.yaml:\d+:\d+: /, '');
}

describe('a revocation', () => {
  const workload = 'spiffe://shop.example/ns/shop/sa/web';

  test('names one workload, node, authority or key', () => {
    const before = '2026-11-20T18:00:00+01:00';
    const revocation = (spec: object) => {
      const parsed = parse('Revocation', spec);
      return parsed.ok ? parsed.value : parsed.error;
    };
    const of = (rest: object): unknown => [
      { kind: 'Revocation', revocation: { name: 'a', reason: '', ...rest } },
    ];
    expect(revocation({ workload, before })).toEqual(
      of({ kind: 'workload', spiffeId: workload, beforeMs: BEFORE }) as never,
    );
    expect(revocation({ node: 'n1', before })).toEqual(
      of({ kind: 'node', node: 'n1', beforeMs: BEFORE }) as never,
    );
    expect(revocation({ authority: KEY })).toEqual(
      of({ kind: 'authority', keySha256: KEY }) as never,
    );
    expect(revocation({ key: KEY })).toEqual(of({ kind: 'key', keySha256: KEY }) as never);
  });

  test('that could not be meant is answered with what to write', () => {
    const one = 'write one of workload, node, authority and key';
    expect(problem('Revocation', {})).toContain(one);
    expect(problem('Revocation', { node: 'n1', key: KEY })).toContain(one);
    expect(problem('Revocation', { node: 'n1' })).toContain(
      'spec.before is missing: write an instant such as',
    );
    expect(problem('Revocation', { node: 'n1', before: 'now' })).toBe(
      "spec.before is 'now': write an instant such as 2026-11-20T17:00:00Z",
    );
    // Sidecars could not be told of it, and would hear of nothing else.
    expect(problem('Revocation', { node: 'n1', before: '0026-11-20T17:00:00Z' })).toContain(
      'write an instant such as',
    );
    expect(problem('Revocation', { key: KEY, before: '2026-11-20T17:00:00Z' })).toContain(
      'leave it out: a key is revoked for ever',
    );
    expect(problem('Revocation', { node: 'n1', before: '2026-11-20T17:00:00.5Z' })).toContain(
      'write a whole second',
    );
    expect(problem('Revocation', { key: KEY, reason: 'a\u2028b' })).toContain('in one line of');
    expect(problem('Revocation', { key: 'AB' })).toContain('64 digits of lower-case hex');
  });

  test.each([
    'spiffe://other.example/ns/shop/sa/web',
    'spiffe://shop.example/node/n1',
    'spiffe://shop.example',
    'spiffe://shop.example/ns/shop/sa/*',
  ])('does not take %s for a workload', (id) => {
    expect(problem('Revocation', { workload: id, before: '2026-11-20T17:00:00Z' })).toContain(
      "write a workload's ID of this mesh, spiffe://shop.example/ns/<namespace>/sa/<name>",
    );
  });
});

describe('the attestation of nodes', () => {
  const dnsDomain = 'hosts.example';
  const spec = { kind: 'x509pop', certificates: [PEM], nodeName: 'dns', dnsDomain };

  test('names the CAs of an enterprise, and where a node’s name stands', () => {
    const parsed = parse('NodeAttestation', spec);
    expect(parsed.ok && parsed.value).toEqual([
      {
        kind: 'NodeAttestation',
        attestation: {
          name: 'a',
          kind: 'x509pop',
          certificates: [PEM],
          nodeName: 'dns',
          dnsDomain,
        },
      },
    ]);
  });

  test.each([
    [{ ...spec, kind: 'aws' }, 'write x509pop'],
    [{ ...spec, certificates: [] }, "list the enterprise's CA certificates"],
    [{ ...spec, certificates: ['MAo='] }, 'beginning with -----BEGIN CERTIFICATE-----'],
    [{ ...spec, certificates: Array(9).fill(PEM) }, 'list at most 8 certificates'],
    [{ ...spec, nodeName: 'uri' }, 'write one of commonName, dns'],
    [{ ...spec, dnsDomain: undefined }, 'the domain directly below which hosts stand'],
    [{ ...spec, dnsDomain: '*.example' }, 'the domain directly below which hosts stand'],
    [{ ...spec, nodeName: 'commonName' }, 'and only then'],
  ])('that cannot be used is answered with what to write %#', (wrong, message) => {
    expect(problem('NodeAttestation', wrong)).toContain(message);
  });
});

describe('a registration', () => {
  test('may ask for all that the kernel says of a process', () => {
    const selectors = {
      uid: 1_000,
      gid: 0,
      executable: '/usr/bin/web',
      sha256: KEY,
      cgroup: '/system.slice/web.service',
      startedByRun: true,
    };
    const parsed = parse('Registration', { selectors });
    expect(parsed.ok && parsed.value[0]).toMatchObject({ registration: { selectors } });
  });

  test.each([
    [{ gid: -1 }, 'write a numeric group id'],
    [{ sha256: KEY.toUpperCase() }, 'write the SHA-256 of the program'],
    [{ cgroup: 'web' }, 'write the path of a control group'],
    [{ startedByRun: false }, 'write true, or leave the field out'],
  ])('with a selector that nothing fits is answered with what to write %#', (selector, message) => {
    expect(problem('Registration', { selectors: { uid: 'node', ...selector } })).toContain(message);
  });
});

describe('the keys of an issuer', () => {
  const spec = { issuer: 'https://login.example', audiences: ['shop'] };

  test('may be where it publishes them', () => {
    const jwks = { uri: 'https://login.example/keys' };
    const parsed = parse('RequestAuthentication', { ...spec, jwks });
    expect(parsed.ok && parsed.value[0]).toMatchObject({
      authentication: { keys: [], jwksUri: 'https://login.example/keys' },
    });
  });

  test.each([
    'http://login.example/keys',
    'https://user:secret@login.example/keys',
    'https://login.example/keys#a',
    'file:///etc/shadow',
    '/keys',
  ])('are not fetched from %s', (uri) => {
    expect(problem('RequestAuthentication', { ...spec, jwks: { uri } })).toContain(
      'write the https address of the key set',
    );
  });

  test('stand in one place', () => {
    const either = 'write a block with one of keys, a JSON Web Key Set, uri';
    expect(problem('RequestAuthentication', { ...spec, jwks: {} })).toContain(either);
    const both = { keys: [{}], uri: 'https://login.example/keys' };
    expect(problem('RequestAuthentication', { ...spec, jwks: both })).toContain(either);
    const mesh = { mesh: true, uri: 'https://login.example/keys' };
    expect(problem('RequestAuthentication', { ...spec, jwks: mesh })).toContain(either);
  });
});

describe('an authority', () => {
  function tokenKey(): TokenKey {
    const { kid, x, y } = tokenKeyOf(publicKeyOf(generatePrivateKey('p256')));
    return { kid, x, y };
  }
  const target = (over: Partial<AuthorityTarget>) =>
    encodeTarget(
      {
        kind: 'Authority',
        authority: {
          node: 'n1' as never,
          onlineKey: KEY,
          certificates: [{ pem: PEM }], // a label
          namespaces: 'any',
          tokenKeys: [],
          ...over,
        },
      },
      domain,
    );
  const refusal = (over: Partial<AuthorityTarget>): string => {
    const { path, bytes } = target(over);
    const read = decodeTarget(path, bytes, domain);
    return read.ok ? 'none' : read.error;
  };

  test('that may sign for everybody, and signs no tokens, says no more', () => {
    expect(Buffer.from(target({}).bytes).toString()).toBe(
      JSON.stringify({
        apiVersion: 'selvage.dev/v1alpha1',
        kind: 'Authority',
        metadata: { name: 'n1' },
        spec: { certificates: [{ pem: PEM }], onlineKey: KEY },
      }),
    );
  });

  test('that could sign nothing, or for nobody, is refused', () => {
    expect(refusal({})).toBe('none');
    expect(refusal({ certificates: [] })).toContain('list its CA certificates');
    expect(refusal({ certificates: Array(5).fill({ pem: PEM }) })).toContain('list at most 4');
    expect(refusal({ namespaces: [] })).toContain('list the namespaces that it may sign for');
    expect(refusal({ namespaces: ['*' as never] })).toContain('a DNS label');
  });

  test('whose token keys are no keys, or go by another name, is refused', () => {
    const [key, other] = [tokenKey(), tokenKey()];
    expect(refusal({ tokenKeys: [key, other] })).toBe('none');
    expect(refusal({ tokenKeys: [key, key] })).toContain('the same key stands above');
    expect(refusal({ tokenKeys: [{ ...key, kid: other.kid }] })).toContain(`write ${key.kid}`);
    expect(refusal({ tokenKeys: [{ ...key, x: other.x }] })).toContain(
      'they are no point of P-256',
    );
  });

  test('as an earlier version wrote it is answered with what to do', () => {
    const { path, bytes } = target({});
    const document = JSON.parse(Buffer.from(bytes).toString());
    document.spec = { certificatePem: PEM, onlineKey: KEY };
    const read = decodeTarget(path, Buffer.from(JSON.stringify(document)), domain);
    expect(read.ok ? '' : read.error).toContain('founded anew with `selvage init`');
  });
});
