import { expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import {
  DEFAULT_NAMESPACE,
  formatProblem,
  type Namespace,
  parseTrustDomain,
} from '../../core/index.ts';
import { DEFAULT_SETTINGS } from './contents.ts';
import { parseResources, type SourceFile } from './parse-resources.ts';

const domain = parseTrustDomain('shop.example');
if (!domain.ok) throw new Error(domain.error);
const context = { trustDomain: domain.value, namespace: DEFAULT_NAMESPACE };

const parse = (...files: SourceFile[]) => parseResources(files, context);

function problemsOf(text: string): string[] {
  const parsed = parse({ path: 'a.yaml', text });
  return parsed.ok ? [] : parsed.error.map(formatProblem);
}

const HEAD = 'apiVersion: selvage.dev/v1alpha1\n';

test('a file with several documents gives all its resources, with defaults filled in', () => {
  const parsed = parse(
    {
      path: 'shop.yaml',
      text: `${HEAD}kind: Service
metadata: { name: web }
spec: { protocol: http }
---
${HEAD}kind: Registration
metadata: { name: web, namespace: shop }
spec: { selectors: { uid: node } }
---
${HEAD}kind: MeshSettings
spec: { svidLife: 30s }
---
`,
    },
    { path: 'policies/hello.cedar', text: 'permit(principal, action, resource);' },
  );
  expect(parsed).toEqual({
    ok: true,
    value: [
      {
        kind: 'Service',
        service: {
          key: 'default/web',
          protocol: 'http',
          identities: ['spiffe://shop.example/ns/default/sa/web'],
          connectTimeoutMs: 1_000,
          requestTimeoutMs: 15_000,
        },
      },
      {
        kind: 'Registration',
        registration: {
          key: 'shop/web',
          spiffeId: 'spiffe://shop.example/ns/shop/sa/web',
          nodes: 'any',
          selectors: { uid: 'node' },
        },
      },
      {
        kind: 'MeshSettings',
        settings: { ...DEFAULT_SETTINGS, svidLifeMs: 30_000 },
      },
      {
        kind: 'Policy',
        policy: { name: 'hello', text: 'permit(principal, action, resource);' },
      },
    ] as never, // branded names
  });
});

test('every wrong field is reported at once, with its place and what to write instead', () => {
  const problems = problemsOf(`${HEAD}kind: Service
metadata:
  name: Web_1
spec:
  protocol: htpp
  port: http
  identites: [a]
  timeouts:
    connect: 5 seconds
    request: 30d
`);
  expect(problems).toEqual([
    "a.yaml:4:9: metadata.name is 'Web_1': write 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit (a DNS label)",
    "a.yaml:6:13: spec.protocol is 'htpp': write one of http, http2, grpc, tcp, udp, auto",
    "a.yaml:7:9: spec.port is 'http': write a port from 1 to 65535",
    "a.yaml:10:14: spec.timeouts.connect is '5 seconds': write a number and a unit: 250ms, 30s, 5m, 1h, 7d",
    "a.yaml:11:14: spec.timeouts.request is '30d': write a duration from 1ms to 1d",
    'a.yaml:8:3: spec.identites is no known field: did you mean identities?',
  ]);
});

test('what is missing is shown where its block begins', () => {
  expect(
    problemsOf(`${HEAD}kind: Registration\nmetadata: { name: web }\nspec:\n  nodes: [n1]\n`),
  ).toEqual(['a.yaml:4:1: spec.selectors is missing: write a block with the field uid']);
  expect(problemsOf(`${HEAD}kind: Service\nmetadata: { name: web }\n`)).toEqual([
    'a.yaml:1:1: spec is missing: write a block of fields',
  ]);
});

test('an unknown kind is answered with the nearest one', () => {
  expect(problemsOf(`${HEAD}kind: Servce\n`)).toEqual([
    "a.yaml:2:7: kind is 'Servce': did you mean Service?",
  ]);
  expect(problemsOf(`${HEAD}metadata: {}\n`)).toEqual([
    'a.yaml:1:1: kind is missing: write one of Service, Registration, RequestAuthentication, NodeAttestation, Revocation, MeshSettings',
  ]);
  expect(problemsOf('just words\n')).toEqual([
    'a.yaml:1:1: kind is missing: write one of Service, Registration, RequestAuthentication, NodeAttestation, Revocation, MeshSettings',
  ]);
});

test('an identity of another trust domain, or no identity at all, is refused', () => {
  const problems = problemsOf(`${HEAD}kind: Service
metadata: { name: web }
spec:
  protocol: tcp
  identities:
    - spiffe://shop.example/ns/default/sa/web
    - spiffe://other.example/ns/default/sa/web
    - web
`);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toStartWith(
    "a.yaml:8:7: spec.identities[1] is 'spiffe://other.example/ns/default/sa/web': write a workload's ID of this mesh",
  );
  expect(problems[1]).toStartWith("a.yaml:9:7: spec.identities[2] is 'web':");
});

test('a resource that stands twice is reported with both places', () => {
  const service = `${HEAD}kind: Service\nmetadata: { name: web }\nspec: { protocol: http }\n`;
  const parsed = parse({ path: 'a.yaml', text: service }, { path: 'b.yaml', text: service });
  expect(parsed.ok ? [] : parsed.error.map(formatProblem)).toEqual([
    'b.yaml:1:1: the same Service stands at a.yaml:1:1: keep one of them',
  ]);
});

test('a resource that names another namespace than the one that was typed is refused', () => {
  const web = (metadata: string) =>
    `${HEAD}kind: Service\nmetadata: ${metadata}\nspec: { protocol: http }\n`;
  const parseIn = (namespace: string, text: string) => {
    const typedNamespace = namespace as Namespace; // tests choose labels
    const typed = { ...context, namespace: typedNamespace, typedNamespace };
    const parsed = parseResources([{ path: 'a.yaml', text }], typed);
    return parsed.ok ? [] : parsed.error.map(formatProblem);
  };
  const named = web('{ name: web, namespace: payments }');
  expect(parseIn('paymnts', named)).toEqual([
    "a.yaml:3:35: metadata.namespace is 'payments': write paymnts, which --namespace asks for, or leave --namespace out",
  ]);
  expect(parseIn('payments', named)).toEqual([]);
  expect(parseIn('payments', web('{ name: web }'))).toEqual([]);
  expect(problemsOf(named)).toEqual([]);
});

test('a settings file of another mesh is refused', () => {
  const text = `${HEAD}kind: MeshSettings\nspec: { trustDomain: other.example }\n`;
  expect(problemsOf(text)).toEqual([
    "a.yaml:3:22: spec.trustDomain is 'other.example': write shop.example: the trust domain of a mesh never changes",
  ]);
});

test('broken YAML is reported with its place, and the other documents are still judged', () => {
  const problems = problemsOf(`a: [1\n---\n${HEAD}kind: Servce\n`);
  expect(problems.length).toBeGreaterThanOrEqual(2);
  expect(problems.some((line) => line.includes('did you mean Service?'))).toBe(true);
});

test('a key that stands twice is an error, not a silent choice', () => {
  const [problem] = problemsOf(`${HEAD}kind: Service\nkind: Registration\n`);
  expect(problem).toStartWith('a.yaml:3:1: ');
});

test('of a file that is no YAML the first mistake is told, and not what follows from it', () => {
  expect(problemsOf('# A title\n\nWords: more: words\n- and `code`\n\n```sh\n')).toEqual([
    expect.stringMatching(/^a\.yaml:3:/),
  ]);
});

test('an alias is refused before anything is unfolded', () => {
  expect(problemsOf(`${HEAD}kind: Service\na: &a [x, x]\nb: [*a, *a]\n`)).toEqual([
    "a.yaml:4:5: '*a' is an alias: write the value out",
    "a.yaml:4:9: '*a' is an alias: write the value out",
  ]);
});

test('a policy file needs a name that can stand in the trust repository, and a bounded size', () => {
  const odd = parse({ path: 'x/My Policy.cedar', text: '' });
  expect(odd.ok ? '' : odd.error.map(formatProblem).join()).toStartWith(
    "x/My Policy.cedar: 'My Policy' is no policy name",
  );
  const large = parse({ path: 'large.cedar', text: 'x'.repeat(262_145) });
  expect(large.ok ? '' : large.error.map(formatProblem).join()).toContain('at most 262144');
});

test('headers that policies may read are sorted names, and none holds a secret', () => {
  const settings = (list: string) =>
    `${HEAD}kind: MeshSettings\nspec: { policyHeaders: ${list} }\n`;
  const parsed = parse({ path: 'a.yaml', text: settings('[x-tenant, x-a, x-tenant]') });
  expect(parsed.ok && parsed.value[0]).toMatchObject({
    settings: { policyHeaders: ['x-a', 'x-tenant'] },
  });
  for (const name of ['X-Tenant', 'x tenant', '""', 'cookie', 'authorization', 'host']) {
    expect(problemsOf(settings(`[${name}]`))).toHaveLength(1);
  }
  expect(problemsOf(settings('[x-selvage-risk]'))).toEqual([
    "a.yaml:3:25: spec.policyHeaders[0] is 'x-selvage-risk': name another header: policies cannot read secrets, host, or what the mesh sets",
  ]);
  const many = Array.from({ length: 17 }, (_, index) => `x-${index}`).join();
  expect(problemsOf(settings(`[${many}]`))).toEqual([
    expect.stringContaining('list at most 16 headers'),
  ]);
});

const jwks = (...keys: readonly object[]): string => `${HEAD}kind: RequestAuthentication
metadata: { name: login }
spec:
  issuer: https://login.shop.example
  audiences: [shop, shop]
  jwks:
    keys:
${keys.map((key) => `      - ${JSON.stringify(key)}`).join('\n')}
  claims: [phone, email, phone]
`;
const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = issuer.publicKey.export({ format: 'jwk' });

test('an issuer of tokens is read with the key set that it publishes', () => {
  const parsed = parse({ path: 'a.yaml', text: jwks({ ...publicKey, kid: 'a', use: 'sig' }) });
  const { x = '', y = '' } = publicKey;
  expect(parsed).toEqual({
    ok: true,
    value: [
      {
        kind: 'RequestAuthentication',
        authentication: {
          name: 'login',
          issuer: 'https://login.shop.example',
          audiences: ['shop'],
          keys: [{ kty: 'EC', crv: 'P-256', x, y, kid: 'a' }],
          groupsClaim: 'groups',
          claims: ['email', 'phone'],
        },
      },
    ],
  });
});

test('every key that must not be trusted is named with its place, and nothing of it is shown', () => {
  const secret = issuer.privateKey.export({ format: 'jwk' });
  const shared = { kty: 'oct', k: 'c2VjcmV0LXNlY3JldA' };
  const twins = [
    { ...publicKey, kid: 'a' },
    { ...publicKey, kid: 'a' },
  ];
  const problems = problemsOf(jwks(...twins, secret, shared, { kty: 'DSA' }));
  expect(problems).toHaveLength(4);
  expect(problems[0]).toBe(
    'a.yaml:10:9: spec.jwks.keys[1] is a list or block: its kid is that of a key above: tokens must name one key only',
  );
  expect(problems[1]).toStartWith(
    "a.yaml:11:9: spec.jwks.keys[2] is a list or block: 'd' belongs to a private key",
  );
  expect(problems[2]).toStartWith(
    'a.yaml:12:9: spec.jwks.keys[3] is a list or block: it is a shared secret',
  );
  expect(problems[3]).toStartWith(
    'a.yaml:13:9: spec.jwks.keys[4] is a list or block: write an RSA key',
  );
  for (const word of [secret.d ?? '', shared.k]) expect(problems.join()).not.toContain(word);
});

test('an issuer of tokens says who it is, for whom, and within bounds', () => {
  const problems = problemsOf(`${HEAD}kind: RequestAuthentication
metadata: { name: login, namespace: shop }
spec:
  issuer: https://a.example|b
  audiences: []
  jwks: { keys: [] }
  groupsClaim: ''
  claims: [${Array.from({ length: 33 }, (_, n) => `c${n}`).join(', ')}]
`);
  expect(problems.map((problem) => problem.slice('a.yaml:'.length).slice(0, 48))).toEqual([
    '3:26: metadata.namespace is no known field: writ',
    "5:11: spec.issuer is 'https://a.example|b': writ",
    '6:14: spec.audiences is a list or block: list at',
    '7:17: spec.jwks.keys is a list or block: list th',
    "8:16: spec.groupsClaim is '': write the name of ",
    '9:11: spec.claims is a list or block: list at mo',
  ]);
});

test('what is in force may be stale after 10 minutes to 30 days, and is kept then unless deny is written', () => {
  const settings = (spec: string) => `${HEAD}kind: MeshSettings\nspec: ${spec}\n`;
  const text = settings('{ maxStaleness: 12h, whenStale: deny }');
  const parsed = parse({ path: 'a.yaml', text });
  expect(parsed.ok && parsed.value[0]).toMatchObject({
    settings: { maxStalenessMs: 12 * 3_600_000, whenStale: 'deny' },
  });
  expect(problemsOf(settings('{ maxStaleness: 9m }'))).toEqual([
    "a.yaml:3:23: spec.maxStaleness is '9m': write a duration from 10m to 30d",
  ]);
  expect(problemsOf(settings('{ whenStale: refuse }'))).toEqual([
    "a.yaml:3:20: spec.whenStale is 'refuse': write one of keep, deny",
  ]);
});

test('the issuer of tokens is an https address that paths can be added to', () => {
  const settings = (issuer: string) =>
    `${HEAD}kind: MeshSettings\nspec: { tokenIssuer: '${issuer}' }\n`;
  const tokenIssuer = 'https://tokens.shop.example/mesh';
  const parsed = parse({ path: 'a.yaml', text: settings(tokenIssuer) });
  expect(parsed.ok && parsed.value[0]).toMatchObject({ settings: { tokenIssuer } });
  for (const issuer of [
    'http://tokens.example',
    'https://tokens.example/',
    'https://tokens.example?mesh=1',
    'https://tokens.example#mesh',
    'https://user@tokens.example',
    'https://tokens.example/a|b',
    'tokens.example',
  ]) {
    expect(problemsOf(settings(issuer))[0]).toContain('publishes its token keys');
  }
});
