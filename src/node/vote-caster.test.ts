import { beforeEach, expect, test } from 'bun:test';
import {
  err,
  type Namespace,
  type NodeName,
  ok,
  type ServiceKey,
  type SpiffeId,
} from '../core/index.ts';
import {
  encodeTarget,
  offerOf,
  type Proposal,
  type TargetContent,
  type TrustFiles,
  targetPath,
  verifyTrust,
} from '../governance/index.ts';
import {
  enacted,
  person,
  policy,
  proposed,
  signers,
  TestMesh,
  Member as TrustMember,
} from '../governance/testing/index.ts';
import { cedarWasm, scratchDirs } from '../platform/index.ts';
import { compilePolicies, loadCedar, type PolicySource } from '../policy/index.ts';
import {
  eventually,
  FakeClock,
  recordingLog,
  recordingMeter,
  seededRandom,
} from '../ports/testing/index.ts';
import { Member, TestAuthority } from '../replication/testing/members.ts';
import { DecisionWindow } from './decision-window.ts';
import { settled } from './testing/attached-sidecar.ts';
import { VoteBook } from './vote-book.ts';
import { VoteCaster } from './vote-caster.ts';
import type { OpenProposal } from './vote-choice.ts';
import { VOTE_KIND, type VoteClaim } from './vote-claim.ts';

const mesh = new TestMesh();
const idOf = (name: string) => `spiffe://shop.example/ns/shop/sa/${name}` as SpiffeId;
const PAYMENTS = 'shop/payments' as ServiceKey; // one, by inspection
const service = {
  kind: 'Service',
  service: {
    key: PAYMENTS,
    protocol: 'http',
    identities: [idOf('payments')],
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 1_000,
  },
} satisfies TargetContent;
const FRONTEND_ONLY = 'permit(principal == Service::"shop/frontend", action, resource);';
const held = mesh.publish(mesh.founded, [service, policy('all')]);
const target = (content: TargetContent) => encodeTarget(content, mesh.trustDomain);
const strict = proposed(held, { put: [target(policy('all', FRONTEND_ONLY))], reason: 'strict' });

const opened = (proposal: Proposal, isSigned = false): OpenProposal => ({
  id: proposal.id,
  proposal,
  signedRoles: isSigned ? ['targets' as const] : [],
  writers: ['n1' as NodeName], // a label
});

/** A node with a trust store, records and a window of its own. */
async function start({ mayWrite = true, others = 0 } = {}) {
  const clock = new FakeClock(Date.now());
  const trust = await TrustMember.of('n2', held);
  const member = new Member('n2', { clock, authority: new TestAuthority() });
  const book = new VoteBook(() => undefined);
  member.records.own(VOTE_KIND, book.owner);
  const compile = (policies: readonly PolicySource[], headers: readonly string[] = []) => {
    const compiled = compilePolicies({ cedar: loadCedar(cedarWasm()), policies, headers });
    return compiled.ok ? ok(compiled.value.program) : err(compiled.error[0]?.message ?? '');
  };
  const inForce = compile(trust.store.current().policies);
  if (!inForce.ok) throw new Error(inForce.error);
  const host = {
    open: [] as readonly OpenProposal[],
    mayWrite,
    compiled: 0,
    fails: false,
    compileMs: 0,
    changed: (): void => undefined,
  };
  const program = { digest: 'in force', program: inForce.value };
  const window = new DecisionWindow(clock, recordingMeter(), () => program);
  const caster = new VoteCaster({
    node: member.name,
    proposals: {
      open: () => host.open,
      onChange: (listener) => {
        host.changed = listener;
      },
    },
    trust: trust.store,
    policies: {
      program,
      compile: (policies, headers) => {
        host.compiled += 1;
        if (host.fails && host.compiled === 1) throw new TypeError('a defect');
        clock.advance(host.compileMs);
        return compile(policies, headers);
      },
    },
    window,
    records: member.records,
    clock,
    log: recordingLog(),
    membership: { others },
    random: seededRandom(46),
    recordSync: {
      get mayWrite() {
        return host.mayWrite;
      },
    } as never, // all that it is asked
  });
  caster.start();
  const call = (from: string, weight: number) =>
    window.add(idOf('payments'), [
      {
        weight,
        request: {
          principal: idOf(from),
          resource: PAYMENTS,
          sourceIp: '10.0.0.1',
          action: 'http',
          method: 'GET',
          path: '/pay',
          host: 'payments',
        },
      },
    ]);
  const propose = (...open: readonly OpenProposal[]) => {
    host.open = open;
    host.changed();
    clock.advance(50);
  };
  const voteOn = (id: string): VoteClaim | undefined => book.votesOf(id).get(member.name);
  /** Lets slices of a replay go on. */
  const voted = (what: string, isSo: () => boolean) =>
    eventually(what, () => {
      clock.advance(0);
      return isSo();
    });
  /** Whatever a look brings has come to its end. */
  const looked = async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      clock.advance(0);
      await settled();
    }
  };
  return { looked, clock, trust, host, window, caster, call, propose, voteOn, voted, member };
}

async function adopt({ store }: TrustMember, files: TrustFiles): Promise<void> {
  const offered = { pinnedRootSha256: mesh.pin, offered: offerOf(files), scratch: scratchDirs() };
  const verified = await verifyTrust({ ...offered, now: Date.now() });
  if (!verified.ok) throw new Error(verified.error.detail);
  store.adopt(verified.value);
}

let node: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  node = await start();
});

const open = opened(strict);

test('a node says what a proposal would deny of the calls that it saw, and how often they come', async () => {
  const { clock, call, propose, voteOn, voted, trust } = node;
  call('frontend', 100);
  call('report', 28);
  clock.advance(120_000);
  propose(open);
  await voted('a vote', () => voteOn(strict.id) !== undefined);
  expect(voteOn(strict.id)).toEqual({
    v: 1,
    proposal: strict.id,
    basedOn: trust.store.current().digest,
    samples: 2,
    windowMs: 120_050,
    errors: [],
    unseen: [],
    newlyDenied: {
      calls: [
        {
          caller: 'shop/report',
          service: 'shop/payments',
          action: 'http:GET',
          perMinute: 14,
          reason: 'policy',
        },
      ],
      more: 0,
    },
    newlyAllowed: { calls: [], more: 0 },
  });
});

test('a node without calls says so once, and speaks again when it sees some that would be denied', async () => {
  const { clock, call, propose, voteOn, voted, host, member, looked } = node;
  propose(open);
  await voted('a vote', () => voteOn(strict.id)?.samples === 0);
  const first = [...member.records.snapshot().records()][0]?.hash;
  clock.advance(30_000);
  await looked();
  expect([...member.records.snapshot().records()][0]?.hash).toBe(first);
  call('report', 60);
  clock.advance(30_000);
  await voted('another vote', () => voteOn(strict.id)?.newlyDenied.calls.length === 1);
  expect(host.compiled).toBe(1);
});

test('a vote is withdrawn when its proposal is over', async () => {
  const { propose, voteOn, voted } = node;
  propose(open);
  await voted('a vote', () => voteOn(strict.id) !== undefined);
  propose();
  await voted('its end', () => voteOn(strict.id) === undefined);
});

test('what comes into force is what votes are based on from then on', async () => {
  const { propose, voteOn, voted, trust } = node;
  propose(open);
  await voted('a vote', () => voteOn(strict.id) !== undefined);
  const before = voteOn(strict.id)?.basedOn;
  const next = mesh.publish(held, [policy('new', FRONTEND_ONLY)]);
  await adopt(trust, next);
  const later = proposed(next, { put: [target(policy('all', FRONTEND_ONLY))], reason: 'again' });
  propose(open, opened(later));
  await voted('another vote', () => voteOn(later.id) !== undefined);
  expect(voteOn(later.id)?.basedOn).toBe(trust.store.current().digest);
  // The other one is overtaken: by what is in force now nothing is to be said of it.
  expect(voteOn(strict.id)?.basedOn).toBe(before);
  expect(trust.store.current().digest).not.toBe(before);
});

test('a proposal that still follows what came into force is judged again, by that', async () => {
  const team = person('pat');
  const delegation = { namespace: 'shop' as Namespace, to: signers(1, team) }; // a label
  const founder = person('founder', mesh.governor);
  const { online } = mesh.n1;
  const handed = enacted(held, { delegations: [delegation] }, [founder, team], online);
  const { propose, voteOn, voted, trust } = node;
  await adopt(trust, handed);
  const ours = proposed(handed, { put: [target(policy('all', FRONTEND_ONLY))], reason: 'ours' });
  propose(opened(ours));
  await voted('a vote', () => voteOn(ours.id)?.basedOn === trust.store.current().digest);
  const orders: TargetContent = {
    ...service,
    service: { ...service.service, key: 'shop/orders' as ServiceKey }, // one, by inspection
  };
  await adopt(trust, enacted(handed, { put: [target(orders)] }, [team], online));
  propose(opened(ours));
  await voted('another vote', () => voteOn(ours.id)?.basedOn === trust.store.current().digest);
});

test('nothing is said of a proposal that follows what is not in force here, nor before the node may speak', async () => {
  const { host, propose, voteOn, voted, clock, looked } = node;
  const next = mesh.publish(held, [policy('new', FRONTEND_ONLY)]);
  const ahead = proposed(next, { put: [target(policy('all', FRONTEND_ONLY))], reason: 'ahead' });
  host.mayWrite = false;
  propose(opened(ahead), open);
  clock.advance(1_000);
  await looked();
  expect(voteOn(strict.id)).toBeUndefined();
  host.mayWrite = true;
  clock.advance(30_000);
  await voted('a vote', () => voteOn(strict.id) !== undefined);
  expect(voteOn(ahead.id)).toBeUndefined();
});

test('in a large mesh nodes do not vote all at one time', async () => {
  node = await start({ others: 1_000 });
  const { clock, propose, voteOn, voted, looked } = node;
  propose(open);
  await looked();
  expect(voteOn(strict.id)).toBeUndefined();
  clock.advance(20_000);
  await voted('a vote', () => voteOn(strict.id) !== undefined);
});

test('policies that this version does not read are told as what hinders it', async () => {
  const { propose, voteOn, voted } = node;
  const odd = proposed(held, { put: [target(policy('all', 'permit(principal'))], reason: 'odd' });
  propose(opened(odd));
  await voted('a vote', () => voteOn(odd.id) !== undefined);
  expect(voteOn(odd.id)?.problem).toStartWith('the policies cannot be read here: ');
});

test('a change of other things is judged by the policies in force, which are not compiled again', async () => {
  const { call, propose, voteOn, voted, host } = node;
  call('frontend', 10);
  const gone = proposed(held, { remove: [targetPath(service)], reason: 'no more payments' });
  propose(opened(gone));
  await voted('a vote', () => voteOn(gone.id) !== undefined);
  expect(voteOn(gone.id)?.newlyDenied.calls).toMatchObject([{ reason: 'service-gone' }]);
  expect(host.compiled).toBe(0);
});

test('a proposal at which this node fails keeps it from no other', async () => {
  const { host, propose, voteOn, voted } = node;
  const other = proposed(held, { put: [target(policy('other', FRONTEND_ONLY))], reason: 'other' });
  host.fails = true;
  propose(opened(other), open);
  await voted('two votes', () => voteOn(other.id) !== undefined);
  expect([voteOn(strict.id)?.problem, voteOn(other.id)?.problem]).toEqual([
    'this node failed at it, its log says how',
    undefined,
  ]);
});

test('what many lines of policies would do is judged once somebody has signed them', async () => {
  const { propose, voteOn, voted } = node;
  const remark = `// ${'x'.repeat(100)}\n`;
  const text = remark.repeat(700) + FRONTEND_ONLY;
  const long = proposed(held, { put: [target(policy('long', text))], reason: 'long' });
  propose(opened(long));
  await voted('a vote', () => voteOn(long.id) !== undefined);
  expect(voteOn(long.id)?.problem).toStartWith('more than 64 KiB of its policies are new');
  propose(opened(long, true));
  await voted('another vote', () => voteOn(long.id)?.problem === undefined);
});

test('however often proposals change, each is read twice and judged every 30 s at most', async () => {
  const { clock, call, host, propose, voteOn, voted, looked } = node;
  const rate = () => voteOn(strict.id)?.newlyDenied.calls[0]?.perMinute;
  call('report', 60);
  propose(open);
  await voted('a vote', () => rate() !== undefined);
  for (let n = 0; n < 20; n += 1) {
    propose(opened(strict, n % 2 === 1)); // somebody signs, and takes it back, again and again
    await looked();
  }
  expect(host.compiled).toBe(2);
  const before = rate();
  call('report', 600_000);
  propose(open);
  await looked();
  expect([rate(), clock.monotonic() < 30_000]).toEqual([before, true]);
  clock.advance(60_000);
  await voted('a vote of later', () => rate() !== before);
});

test('between two proposals that are read there is a rest of twenty times as long', async () => {
  const { clock, host, propose, voteOn, voted, looked } = node;
  host.compileMs = 100;
  const other = proposed(held, { put: [target(policy('other', FRONTEND_ONLY))], reason: 'other' });
  propose(opened(other), open);
  await voted('a vote', () => voteOn(strict.id) !== undefined);
  clock.advance(1_900);
  await looked();
  expect(voteOn(other.id)).toBeUndefined();
  clock.advance(200);
  await voted('the other vote', () => voteOn(other.id) !== undefined);
});
