import { afterEach, expect, test } from 'bun:test';
import { encode } from '@ipld/dag-cbor';
import { LINES_PER_SECOND } from '../../telemetry/limited-log.ts';
import { MAX_DELEGATIONS, MAX_NEW_ROOTS, MAX_OFFER_BYTES } from '../limits.ts';
import {
  type DelegatedRole,
  encodeChange,
  type TrustFiles,
  type TrustOffer,
  type TrustSigner,
} from '../repository/index.ts';
import {
  GovernedMesh,
  LinkedGossip,
  LyingPeer,
  Members,
  offer,
  payments,
  policy,
  until,
} from '../testing/index.ts';
import { decodePublishAnswer, PUBLISH_PROTOCOL, TRUST_PROTOCOL } from './messages.ts';

/** Each attack of TUF section 1.5.2 by a member that has every file ever published, and no key. */
const mesh = new GovernedMesh();
const text = 'permit(principal, action, resource); //';
const older = mesh.publish(mesh.founded, {
  put: [policy('one', `${text} older`, payments)],
  by: mesh.payments,
});
const held = mesh.publish(older, {
  put: [policy('one', `${text} held`, payments)],
  by: mesh.payments,
});
const newer = mesh.publish(held, {
  put: [policy('one', `${text} newer`, payments)],
  by: mesh.payments,
});
const byGovernors = mesh.publish(held, { put: [policy('all')], by: mesh.governors });
const stranger = new GovernedMesh();
const role: DelegatedRole = 'ns.payments';
const listOf = (files: TrustFiles): Uint8Array => files.delegated.get(role) ?? new Uint8Array();
const garbage = Buffer.from('{"signed":{"_type":"timestamp"},"signatures":[]}');
const large = new Uint8Array(9 * 1_024 * 1_024);

const members = new Members(held);
afterEach(() => members.stop());

interface Attack {
  readonly what: string;
  readonly reason: string;
  readonly offered: TrustOffer | Uint8Array;
}

const ATTACKS: readonly Attack[] = [
  {
    what: 'arbitrary rules: a repository that strangers signed',
    reason: 'wrong-signature',
    offered: offer(
      stranger.publish(stranger.founded, { put: [policy('evil')], by: stranger.governors }),
      {
        roots: held.roots.slice(-1),
      },
    ),
  },
  {
    what: 'arbitrary rules: a list of a team that a stranger signed',
    reason: 'mix-and-match',
    offered: offer(newer, { delegated: new Map([[role, listOf(stranger.founded)]]) }),
  },
  {
    what: 'arbitrary contents: other bytes than a list names',
    reason: 'content-missing',
    offered: offer(newer, { contents: [Buffer.from(`${text} evil`)] }),
  },
  {
    what: 'rollback of everything: what was in force before',
    reason: 'rollback',
    offered: offer(older),
  },
  {
    what: 'rollback of a team’s list: an older one under the newest snapshot',
    reason: 'mix-and-match',
    offered: offer(newer, { delegated: new Map([[role, listOf(older)]]) }),
  },
  {
    what: 'rollback of the snapshot: an older one under the newest timestamp',
    reason: 'mix-and-match',
    offered: offer(newer, { snapshot: older.snapshot }),
  },
  {
    what: 'rollback of the roots: a chain that begins anew',
    reason: 'wrong-signature',
    offered: offer(newer, { roots: stranger.founded.roots }),
  },
  {
    what: 'mix and match: the governors’ list of another moment',
    reason: 'mix-and-match',
    offered: offer(byGovernors, { targets: held.targets }),
  },
  {
    what: 'fast-forward: a timestamp of the last version that nobody signed',
    reason: 'malformed',
    offered: offer(newer, {
      timestamp: Buffer.from(
        Buffer.from(newer.timestamp)
          .toString()
          .replace(/"version":\d+/g, `"version":${2 ** 31}`),
      ),
    }),
  },
  {
    what: 'fast-forward: the same with a number that is allowed',
    reason: 'wrong-signature',
    offered: offer(newer, {
      timestamp: Buffer.from(
        Buffer.from(newer.timestamp)
          .toString()
          .replace(/"version":\d+/g, `"version":${2 ** 31 - 1}`),
      ),
    }),
  },
  {
    what: 'endless roots',
    reason: 'malformed',
    offered: encode({
      v: 2,
      timestamp: newer.timestamp,
      delegated: [],
      contents: [],
      roots: Array.from({ length: MAX_NEW_ROOTS + 1 }, () => held.roots[0] ?? garbage),
    }),
  },
  {
    what: 'endless delegations',
    reason: 'malformed',
    offered: offer(newer, {
      delegated: new Map(
        Array.from({ length: MAX_DELEGATIONS + 1 }, (_, at) => [`ns.n${at}`, garbage] as const),
      ),
    }),
  },
  {
    what: 'endless targets: a list that is counted before anything else',
    reason: 'malformed',
    offered: offer(newer, {
      targets: Buffer.from(
        JSON.stringify({
          signed: {
            targets: Object.fromEntries(
              Array.from({ length: 6_000 }, (_, at) => [
                `p${at}`,
                { hashes: { sha256: 'a'.repeat(64) } },
              ]),
            ),
          },
        }),
      ),
    }),
  },
  {
    what: 'endless data: more than a node reads',
    reason: 'malformed',
    offered: new Uint8Array(MAX_OFFER_BYTES + 100_000),
  },
  {
    what: 'endless data in one content',
    reason: 'malformed',
    offered: offer(newer, { contents: [large] }),
  },
  { what: 'rubbish in place of a message', reason: 'malformed', offered: Buffer.from('rubbish') },
  {
    what: 'rubbish in place of a timestamp',
    reason: 'malformed',
    offered: offer(newer, { timestamp: garbage }),
  },
  {
    what: 'rubbish in place of a root',
    reason: 'malformed',
    offered: offer(newer, { roots: [garbage] }),
  },
];

for (const { what, reason, offered } of ATTACKS) {
  test(`no peer brings in ${what}: it is counted, left alone, and holds up nobody`, async () => {
    const victim = await members.start('n4');
    const before = victim.store.current();
    const liar = new LyingPeer('liar');
    if (offered instanceof Uint8Array) liar.say(offered);
    else liar.offer(offered);
    liar.gossip.link(victim.gossip);
    await until(`counted as ${reason}`, () => victim.counted(reason) === 1);
    expect(victim.store.current()).toBe(before);
    const asked = victim.gossip.asked.length;
    await liar.boast();
    liar.gossip.cut(victim.gossip);
    liar.gossip.link(victim.gossip);
    await liar.boast();
    expect(victim.gossip.asked).toHaveLength(asked);
    const honest = await members.start('n5', newer);
    honest.gossip.link(victim.gossip);
    const { digest } = honest.store.current();
    await until('it follows an honest peer', () => victim.store.current().digest === digest);
  });
}

/** Changes that are handed to an authority with fewer signatures than it takes, or with some that count twice. */
const CHANGES: Readonly<Record<string, () => Uint8Array>> = {
  'too few of the governors': () =>
    encodeChange(mesh.change(held, { put: [policy('evil')], by: mesh.governors.slice(0, 2) })),
  'too few of a team': () =>
    encodeChange(
      mesh.change(held, { put: [policy('evil', text, payments)], by: mesh.payments.slice(0, 1) }),
    ),
  'one signature of a team twice': () => twice((keyid) => keyid),
  'one signature of a team under two spellings of its key': () =>
    twice((keyid) => keyid.toUpperCase()),
};

function twice(spell: (keyid: string) => string): Uint8Array {
  const by = mesh.payments.slice(0, 1);
  const change = mesh.change(held, { put: [policy('evil', text, payments)], by });
  const list = JSON.parse(Buffer.from(change.delegated.get(role) ?? garbage).toString());
  const [{ keyid, sig }] = list.signatures;
  list.signatures.push({ keyid: spell(keyid), sig });
  const delegated = new Map([[role, Buffer.from(JSON.stringify(list))]]);
  return encodeChange({ ...change, delegated });
}

for (const [what, change] of Object.entries(CHANGES)) {
  test(`no peer has an authority publish what was signed by ${what}`, async () => {
    let signatures = 0;
    const { online } = mesh.authorities[0];
    const counting: TrustSigner = {
      publicKey: online.publicKey,
      sign: (canonical) => {
        signatures++;
        return online.sign(canonical);
      },
    };
    const authority = await members.start('n1', held, counting);
    const liar = new LyingPeer('liar');
    liar.gossip.link(authority.gossip);
    const answer = await liar.gossip.request(authority.gossip.self, PUBLISH_PROTOCOL, change());
    const read = decodePublishAnswer(answer);
    expect(read).toMatchObject({ ok: true, value: { published: false, code: 'CHANGE_REFUSED' } });
    expect(signatures).toBe(0);
  });
}

test('a peer that hands in what is no change, again and again, fills no log', async () => {
  const authority = await members.start('n1');
  const liar = new LyingPeer('liar');
  liar.gossip.link(authority.gossip);
  for (let times = 0; times < 3 * LINES_PER_SECOND; times++) {
    await liar.gossip.request(authority.gossip.self, PUBLISH_PROTOCOL, new Uint8Array(9));
  }
  const lines = authority.log.lines.filter(({ message }) => message === 'change refused');
  expect(lines).toHaveLength(LINES_PER_SECOND);
  expect(lines[0]?.fields).toMatchObject({ from: 'liar', reason: 'CHANGE_REFUSED' });
});

test('freeze: what is past its date is not followed, and does not shut out what is fresh', async () => {
  const week = 7 * 86_400_000;
  const old = new GovernedMesh(mesh.now - 2 * week);
  const stale = await members.start('n4', old.founded);
  const change = { put: [policy('one', text, payments)], by: old.payments };
  const liar = new LyingPeer('liar');
  liar.offer(offer(old.publish(old.founded, change, old.authorities[1].online)));
  liar.gossip.link(stale.gossip);
  await until('refused', () => stale.counted('expired') === 1);
  expect(stale.store.current().revision).toBe(2);
  const honest = await members.start('n1', old.founded, old.authorities[0].online);
  honest.gossip.link(stale.gossip);
  await until(
    'an authority has signed again',
    () => stale.store.repository().timestamp.signed.version > 2,
  );
});

test('a peer that never answers holds up no other', async () => {
  const victim = await members.start('n4');
  const silent = new LinkedGossip('silent');
  silent.serve(TRUST_PROTOCOL, () => new Promise(() => undefined));
  silent.link(victim.gossip);
  await until('it is being asked', () => victim.gossip.asked.length === 1);
  const honest = await members.start('n5', newer);
  honest.gossip.link(victim.gossip);
  expect(victim.gossip.asked).toHaveLength(1);
  victim.clock.advance(500);
  const { digest } = honest.store.current();
  await until('it follows an honest peer', () => victim.store.current().digest === digest);
});
