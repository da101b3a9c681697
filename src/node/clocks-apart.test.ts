import { beforeEach, describe, expect, test } from 'bun:test';
import { nodeSpiffeId, ok, workloadSpiffeId } from '../core/index.ts';
import { createCsr, generatePrivateKey } from '../crypto/index.ts';
import { CLOCK_TOLERANCE_MS } from '../identity/index.ts';
import type { Peer, RpcCall, RpcStatus } from '../ports/index.ts';
import { FakeClock, GossipNetwork, seededRandom, visitsOver } from '../ports/testing/index.ts';
import { type WorkloadApiHost, workloadApi } from '../workload-api/index.ts';
import { Issuance } from './issuance.ts';
import { IssuanceDesk } from './issuance-desk.ts';
import { IssuancePermission } from './issuance-permission.ts';
import { type TestMember, TestMesh } from './testing/index.ts';
import { WorkloadSvids } from './workload-svids.ts';

const TEN_MINUTES_MS = 600_000;

let mesh: TestMesh;
let network: GossipNetwork;
beforeEach(async () => {
  mesh = await TestMesh.found();
  network = new GossipNetwork();
  const selectors = { uid: 'node' } as const;
  const registration = { key: 'default/web', spiffeId: web(), nodes: 'any', selectors } as const;
  await mesh.apply([{ kind: 'Registration', registration }]);
  const { clock, log, meter, role, trust } = mesh.n1;
  const parts = { clock, log, meter, trust: () => trust.current() };
  const permission = new IssuancePermission({ ...parts, membershipOf });
  const gossip = network.join('n1');
  const [bundle, issuer] = [role.bundle.bind(role), role.issuer.bind(role)];
  new IssuanceDesk({ gossip, trust: parts.trust, bundle, permission, issuer, clock });
});

const web = () => workloadSpiffeId(mesh.trustDomain, 'default' as never, 'web');
const membershipOf = ({ name }: Peer) =>
  ok({
    node: name,
    spiffeId: nodeSpiffeId(mesh.trustDomain, name as never),
    publicKey: new Uint8Array(32),
    epoch: 1,
  } as never); // only these are read

/** A member whose clock is so far ahead of the authority’s, and how it gets identities. */
async function nodeAhead(byMs: number) {
  const member = await mesh.member('n2', new FakeClock(mesh.clock.now() + byMs));
  const { clock, log, role, trust } = member;
  const gossip = network.join('n2');
  const issuance = new Issuance({
    node: member.name,
    gossip,
    members: visitsOver(gossip),
    clock,
    log,
    ...{
      trust: () => trust.current(),
      bundle: () => role.bundle(),
      issuer: role.issuer.bind(role),
    },
  });
  return { member, issuance };
}

const ask = ({ member, issuance }: Awaited<ReturnType<typeof nodeAhead>>) =>
  issuance.svid(web(), createCsr(generatePrivateKey('p256'), web()), member.clock.now());

/** What one call of the Workload API ends with on a node that gets its identities so. */
async function fetchX509({ clock, log }: TestMember, issuance: Issuance): Promise<RpcStatus> {
  const svids = new WorkloadSvids({
    clock,
    log,
    random: seededRandom(7),
    isGood: () => true,
    issue: (...wanted) => issuance.svid(...wanted),
  });
  const host: WorkloadApiHost<number> = {
    identitiesOf: async () => ok([web()]),
    hold: (startedAtMs, ids, changed) => svids.hold(ids, startedAtMs, changed),
    x509Bundle: () => ({ trustDomain: mesh.trustDomain, authoritiesPem: [] }),
    tokens: { sign: async () => ok(''), check: async () => ok(NOBODY), bundle: () => '' },
    onChange: () => () => undefined,
    answered: () => undefined,
    rejected: () => undefined,
  };
  const { promise, resolve } = Promise.withResolvers<RpcStatus>();
  const call: RpcCall<number> = {
    attest: () => clock.now(),
    header: () => 'true',
    send: () => true,
    end: resolve,
  };
  workloadApi(host)['/SpiffeWorkloadAPI/FetchX509SVID']?.(call);
  const status = await promise;
  svids.stop();
  return status;
}
const NOBODY = { spiffeId: 'spiffe://shop.example/nobody' as never, claims: {} };

for (const [byMs, says] of [
  [TEN_MINUTES_MS, 'the clock of n2 is 10m ahead of that of this authority; at most 1m is borne'],
  [-TEN_MINUTES_MS, 'the clock of n2 is 10m behind that of this authority; at most 1m is borne'],
] as const) {
  describe(`a node whose clock is ten minutes ${byMs > 0 ? 'ahead' : 'behind'}`, () => {
    test('gets no SVID: the authority refuses with a reason that it counts, and signs nothing', async () => {
      const refused = {
        code: 'NO_IDENTITY_ISSUED',
        message: `no authority issued an identity (n1: ${says})`,
      };
      await expect(ask(await nodeAhead(byMs))).rejects.toMatchObject(refused);
      const { log, meter } = mesh.n1;
      const counted = (result: string) =>
        meter.value('selvage_identities_issued_total', { kind: 'x509-svid', result });
      expect([counted('clock-skew'), counted('issued')]).toEqual([1, 0]);
      expect(log.lines.at(-1)).toMatchObject({
        level: 'warn',
        message: 'identity refused to a node',
        fields: { member: 'n2', reason: 'clock-skew', detail: says },
      });
    });

    test('says so in its own log and status', async () => {
      const node = await nodeAhead(byMs);
      await ask(node).catch(String);
      expect(node.member.log.lines.at(-1)).toMatchObject({
        level: 'warn',
        message: 'authority did not issue',
        fields: { authority: 'n1', reason: says },
      });
      const said = [`no authority issued an identity (n1: ${says})`];
      expect(node.issuance.problems()).toEqual(said);
      const { name, publicKey } = node.member;
      await node.issuance.credential({ node: name, publicKey, epoch: 1 });
      expect(node.issuance.problems()).toEqual(said); // that its credential is renewed mends nothing
    });

    test('answers UNAVAILABLE and that reason to a program that asks the Workload API', async () => {
      const { member, issuance } = await nodeAhead(byMs);
      const message = `no authority issued an identity (n1: ${says})`;
      expect(await fetchX509(member, issuance)).toEqual({ code: 'unavailable', message });
    });
  });
}

test('a node whose clock is a minute off gets its SVID, whichever way', async () => {
  for (const byMs of [CLOCK_TOLERANCE_MS, -CLOCK_TOLERANCE_MS]) {
    const { notAfter } = await ask(await nodeAhead(byMs));
    expect(notAfter).toBeGreaterThan(mesh.clock.now());
  }
});
