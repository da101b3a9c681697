import { beforeEach, expect, test } from 'bun:test';
import { type SpiffeId, workloadSpiffeId } from '../core/index.ts';
import {
  certificateDer,
  createCsr,
  generatePrivateKey,
  Revocations,
  type Revoked,
  verifySvid,
} from '../crypto/index.ts';
import type { TargetContent } from '../governance/index.ts';
import { GossipNetwork, visitsOver } from '../ports/testing/index.ts';
import { Issuance } from './issuance.ts';
import { TestMesh } from './testing/index.ts';

/** So long ago was a revocation drafted that waits for signatures. */
const DRAFTED_AGO_MS = 600_000;

let mesh: TestMesh;
let web: SpiffeId;
beforeEach(async () => {
  mesh = await TestMesh.found();
  web = workloadSpiffeId(mesh.trustDomain, 'default' as never, 'web'); // a namespace, by inspection
  const registration = { key: 'default/web', spiffeId: web, nodes: 'any' } as const;
  await apply({
    kind: 'Registration',
    registration: { ...registration, selectors: { uid: 'node' } },
  });
});

/** A whole second, as a governor's command makes it. */
const draftedAtMs = (): number => Math.floor((mesh.clock.now() - DRAFTED_AGO_MS) / 1_000) * 1_000;

/** Puts it in force, as a node does. */
async function apply(content: TargetContent): Promise<void> {
  const { revocations } = await mesh.apply([content]);
  mesh.n1.role.revoke(new Revocations(revocations, []));
}

const drafted = (revoked: Revoked): TargetContent => ({
  kind: 'Revocation',
  revocation: { ...revoked, name: 'stolen', reason: '' },
});

/** What n1 issues for a process that runs since then. */
async function issued(startedAtMs: number): Promise<string> {
  const { name: node, clock, log, trust, role } = mesh.n1;
  const gossip = new GossipNetwork().join('n1');
  const issuance = new Issuance({
    node,
    clock,
    log,
    gossip,
    members: visitsOver(gossip),
    trust: () => trust.current(),
    bundle: () => role.bundle(),
    issuer: (id) => role.issuer(id),
  });
  const csr = createCsr(generatePrivateKey('p256'), web);
  const { chainPem } = await issuance.svid(web, csr, startedAtMs);
  return chainPem[0] ?? '';
}

function outcome(leafPem: string): string {
  const now = mesh.clock.now();
  const judged = verifySvid(certificateDer(leafPem), mesh.n1.role.bundle(), { now });
  return judged.ok ? 'good' : judged.error.reason;
}

for (const what of ['workload', 'node'] as const) {
  test(`what is issued between the drafting of a ${what}’s revocation and its last signature falls with it`, async () => {
    const beforeMs = draftedAtMs();
    const renewed = await issued(beforeMs - 1);
    expect(outcome(renewed)).toBe('good');
    const revoked: Revoked =
      what === 'workload'
        ? { kind: 'workload', spiffeId: web, beforeMs }
        : { kind: 'node', node: mesh.n1.name, beforeMs };
    await apply(drafted(revoked));
    expect(outcome(renewed)).toBe('revoked');
    await expect(issued(beforeMs - 1)).rejects.toMatchObject({ code: 'IDENTITY_REVOKED' });
  });
}

test('what is started after the drafting has its certificate anew, which later changes leave good', async () => {
  const beforeMs = draftedAtMs();
  const before = await issued(beforeMs + 1);
  const revoked: Revoked = { kind: 'workload', spiffeId: web, beforeMs };
  await apply(drafted(revoked));
  const after = await issued(beforeMs + 1);
  expect([before, after].map(outcome)).toEqual(['revoked', 'good']);
  const change = {
    kind: 'MeshSettings',
    settings: { ...mesh.n1.trust.current().settings, svidLifeMs: 600_000 },
  } as const;
  await apply(change);
  expect(outcome(after)).toBe('good');
});
