import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeName, nodeSpiffeId, type SelvageError } from '../core/index.ts';
import { refusalOfLate } from '../core/testing/index.ts';
import {
  createCsr,
  generatePrivateKey,
  privateKeyToPem,
  publicKeyOf,
  rawPublicKey,
} from '../crypto/index.ts';
import { encodeOffer, offerOf } from '../governance/index.ts';
import { type Authority, verifyCredential } from '../identity/index.ts';
import { listenTls } from '../platform/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { NODE_KEY, NODE_KIND } from '../registry/index.ts';
import { openDataDirectory, readCredential } from './data-directory.ts';
import type { JoinAnswer } from './join-conversation.ts';
import { joinMesh } from './join-mesh.ts';
import { type Joiner, listenForJoiners } from './join-server.ts';
import { readPeers } from './known-peers.ts';
import {
  DESK_HOST,
  DESK_MEMBER,
  deskOf,
  type OpenDesk,
  type TestMember,
  TestMesh,
  tokenOf,
} from './testing/index.ts';

const HOUR_MS = 3_600_000;

let directory: string;
let mesh: TestMesh;
let closers: (() => void)[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-join-'));
  closers = [];
  mesh = await TestMesh.found();
});
afterEach(() => {
  for (const close of closers) close();
  rmSync(directory, { recursive: true, force: true });
});

async function openDesk(member: TestMember): Promise<OpenDesk> {
  const open = deskOf(member);
  closers.push(() => open.desk.close());
  await open.desk.follow();
  return open;
}

const path = (name: string): string => join(directory, name);

/** The error of a join that must leave nothing behind. */
async function refusedJoin(token: string, name = 'n2', asked?: string): Promise<SelvageError> {
  const before = readdirSync(directory);
  const named = asked === undefined ? {} : { name: asked };
  const error = await refusalOfLate(joinMesh({ token, dataDir: path(name), ...named }));
  expect(readdirSync(directory)).toEqual(before);
  return error;
}

describe('a node joins', () => {
  test('and leaves a whole data directory, with rights that let nobody else in', async () => {
    const n1 = await openDesk(mesh.n1);
    const report = await joinMesh({ token: tokenOf(n1), dataDir: path('n2') });
    expect(report).toEqual({ trustDomain: 'shop.example', node: 'n2' as never, trustVersion: 1 });
    const modes = Object.entries({ '.': 0o711, keys: 0o700, 'keys/node.key': 0o600 });
    for (const [name, mode] of modes) {
      expect([name, statSync(join(path('n2'), name)).mode & 0o777]).toEqual([name, mode]);
    }
    const opened = openDataDirectory(path('n2'));
    expect(readCredential(opened.store)).toBeDefined();
    expect(readPeers(opened.store)).toEqual([DESK_MEMBER]);
    opened.store.close();
    expect(readdirSync(directory)).toEqual(['n2']);
  });

  test('though a crash left an earlier attempt half done', async () => {
    const n1 = await openDesk(mesh.n1);
    const half = path('.n2.partial');
    await refusalOfLate(joinMesh({ token: 'selvage1.', dataDir: path('n2') }));
    rmSync(half, { recursive: true, force: true });
    writeFileSync(half, 'left over');
    await joinMesh({ token: tokenOf(n1), dataDir: path('n2') });
    expect(readdirSync(directory)).toEqual(['n2']);
  });

  test('under the name of its directory, that of --name, or the one that its token is for', async () => {
    const n1 = await openDesk(mesh.n1);
    const nameOf = async (token: string, name?: string) => {
      const dataDir = path(crypto.randomUUID());
      const named = name === undefined ? {} : { name };
      return (await joinMesh({ token, dataDir, ...named })).node as string;
    };
    expect(await nameOf(tokenOf(n1), 'other')).toBe('other');
    expect(await nameOf(tokenOf(n1, { name: 'bound' }))).toBe('bound');
    expect(await nameOf(tokenOf(n1, { name: 'same' }), 'same')).toBe('same');
    expect((await refusedJoin(tokenOf(n1, { name: 'n8' }), 'n2', 'n9')).code).toBe(
      'TOKEN_OTHER_NODE',
    );
    expect((await refusedJoin(tokenOf(n1), 'No_Label')).code).toBe('NAME_INVALID');
  });
});

describe('a token', () => {
  test('for one locality binds the node, in every credential that it gets', async () => {
    const n1 = await openDesk(mesh.n1);
    const token = tokenOf(n1, { locality: 'eu/rack-7' });
    await joinMesh({ token, dataDir: path('n2') });
    const { identity, store, keys } = openDataDirectory(path('n2'));
    const credential = readCredential(store) ?? new Uint8Array();
    store.close();
    expect(identity.locality).toBe('eu/rack-7');
    const publicKey = rawPublicKey(publicKeyOf(keys.node));
    const judged = verifyCredential(credential, publicKey, mesh.n1.role.bundle(), Date.now());
    expect(judged).toMatchObject({ value: { locality: 'eu/rack-7' } });
  });

  test('that was used is refused under the code that says so', async () => {
    const n1 = await openDesk(mesh.n1);
    const token = tokenOf(n1);
    await joinMesh({ token, dataDir: path('n2') });
    const { code, message, remedy } = await refusedJoin(token, 'n3');
    expect(code).toBe('TOKEN_USED');
    expect(message).toContain('the node n2 joined with the join token');
    expect(remedy).toContain('it was stolen');
  });

  test('is not spent by a name that is taken', async () => {
    const n1 = await openDesk(mesh.n1);
    n1.records.put(NODE_KIND, NODE_KEY, 'here');
    const token = tokenOf(n1);
    const { message, remedy } = await refusedJoin(token, 'n1');
    expect(message).toBe('the mesh has a node n1 already');
    expect(remedy).toContain('selvage token create --name n1');
    expect((await joinMesh({ token, dataDir: path('n2') })).node).toBe('n2' as never);
  });

  test('for a name that is taken gives it a new key, above the earlier one', async () => {
    const n1 = await openDesk(mesh.n1);
    n1.records.put(NODE_KIND, NODE_KEY, 'here');
    await joinMesh({ token: tokenOf(n1, { name: 'n1' }), dataDir: path('n1') });
    const again = openDataDirectory(path('n1'));
    again.store.close();
    expect(again.identity.epoch).toBeGreaterThan(mesh.n1.directory.identity.epoch);
  });

  test('for no name does not give away that of an authority nobody has heard of', async () => {
    const n1 = await openDesk(mesh.n1);
    expect((await refusedJoin(tokenOf(n1), 'n1')).message).toContain('has a node n1 already');
  });

  test('gives a later key a higher epoch, even when nothing is known of the earlier one', async () => {
    const n1 = await openDesk(mesh.n1);
    const epochOf = async (name: string) => {
      await joinMesh({ token: tokenOf(n1), dataDir: path(name), name: 'n2' });
      const { identity, store } = openDataDirectory(path(name));
      store.close();
      return identity.epoch;
    };
    const first = await epochOf('first');
    mesh.clock.advance(2_000);
    expect(await epochOf('second')).toBeGreaterThan(first);
  });
});

describe('a joining node does not go on with', () => {
  test('an authority of another mesh at the address: the secret stays here', async () => {
    const n1 = await openDesk(mesh.n1);
    const stranger = await openDesk((await TestMesh.found()).n1);
    const { code, message } = await refusedJoin(
      tokenOf(n1, { at: `${DESK_HOST}:${stranger.desk.port}` }),
    );
    expect(code).toBe('JOIN_UNTRUSTED');
    expect(message).toContain('its CA key is not the one that the token names');
    const asked = stranger.member.log.lines.filter(({ message }) => message === 'join answered');
    expect(asked).toEqual([]);
  });

  test('somebody who shows the right CA with a certificate of his own', async () => {
    const n1 = await openDesk(mesh.n1);
    const thief = (await TestMesh.found()).n1;
    const port = await impostor(thief, { certificatePem: mesh.n1.ca.certificatePem });
    const { code, message } = await refusedJoin(tokenOf(n1, { at: `${DESK_HOST}:${port}` }));
    expect(code).toBe('JOIN_UNTRUSTED');
    expect(message).toContain('its certificate is refused');
  });

  test('a clock that is far from the authority’s', async () => {
    const n1 = await openDesk(mesh.n1);
    for (const [offMs, words] of [
      [2 * HOUR_MS, /(2h|1h 59m) behind that of the authority/],
      [-2 * HOUR_MS, /2h.* ahead of that of the authority/],
    ] as const) {
      const port = await impostor(mesh.n1, { offMs });
      const { code, message, remedy } = await refusedJoin(
        tokenOf(n1, { at: `${DESK_HOST}:${port}` }),
      );
      expect(code).toBe('CLOCK_SKEW');
      expect(message).toMatch(words);
      expect(remedy).toContain('Set the clock');
    }
  });

  test('what cannot be read, a credential of somebody else, or one that nobody in force signed', async () => {
    const n1 = await openDesk(mesh.n1);
    const trust = Buffer.from(encodeOffer(offerOf(mesh.n1.trust.files()))).toString('base64');
    const issued = (ca: Authority, node: string, publicKey: Uint8Array) =>
      Buffer.from(
        ca.issueCredential({ node: node as NodeName, publicKey, epoch: 1, lifeMs: HOUR_MS })
          .credential,
      ).toString('base64');
    const { ca } = mesh.n1;
    const foreign = (await TestMesh.found()).n1.ca;
    const answers: readonly (readonly [Admit, code: string, words: string])[] = [
      [() => joined('', 'AAAA'), 'JOIN_REFUSED', ''],
      [() => joined('', trust), 'JOIN_UNTRUSTED', 'no membership credential'],
      [
        ({ publicKey }) => joined(issued(ca, 'n9', publicKey), trust),
        'JOIN_UNTRUSTED',
        'its credential is for the node n9',
      ],
      [() => joined(issued(ca, 'n2', new Uint8Array(32)), trust), 'JOIN_UNTRUSTED', 'another key'],
      [
        ({ publicKey }) => joined(issued(foreign, 'n2', publicKey), trust),
        'JOIN_UNTRUSTED',
        'no authority in force',
      ],
    ];
    for (const [admit, code, words] of answers) {
      const port = await impostor(mesh.n1, { admit });
      const error = await refusedJoin(tokenOf(n1, { at: `${DESK_HOST}:${port}` }));
      expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)]);
    }
  });

  test('the trust repository of another governor', async () => {
    const n1 = await openDesk(mesh.n1);
    const files = (await TestMesh.found()).n1.trust.files();
    const trust = Buffer.from(encodeOffer(offerOf(files))).toString('base64');
    const port = await impostor(mesh.n1, { admit: () => joined('', trust) });
    const { code, remedy } = await refusedJoin(tokenOf(n1, { at: `${DESK_HOST}:${port}` }));
    expect(code).toBe('PINNED_ROOT_MISMATCH');
    expect(remedy).toContain('on a node that you trust');
  });

  test('an authority that breaks off', async () => {
    const n1 = await openDesk(mesh.n1);
    const server = listenTls(
      { host: DESK_HOST, port: 0, ...(await svidOf(mesh.n1)) },
      (channel) => {
        channel.close();
        return { bytes: () => undefined, closed: () => undefined };
      },
    );
    closers.push(() => server.stop());
    const { code, message } = await refusedJoin(tokenOf(n1, { at: `${DESK_HOST}:${server.port}` }));
    expect(code).toBe('JOIN_BROKEN_OFF');
    expect(message).toContain('it closed the connection');
  });

  test('nobody at the address', async () => {
    const n1 = await openDesk(mesh.n1);
    n1.desk.close();
    const { code, message } = await refusedJoin(tokenOf(n1, { at: `${DESK_HOST}:1` }));
    expect([code, message]).toEqual(['CONNECTION_FAILED', `no TLS connection to ${DESK_HOST}:1`]);
  });
});

type Admit = (joiner: Joiner) => JoinAnswer;

interface Lies {
  readonly certificatePem?: string;
  readonly offMs?: number;
  readonly admit?: Admit;
}

const joined = (credential: string, trust: string): JoinAnswer => ({
  kind: 'joined',
  credential,
  trust,
  peers: [],
});

/** Speaks as `member`'s desk would, but for what `lies` say; returns its port. */
async function impostor(member: TestMember, lies: Lies): Promise<number> {
  const { log, meter } = member;
  const clock = new FakeClock(Date.now() + (lies.offMs ?? 0));
  const server = listenForJoiners({
    host: DESK_HOST,
    port: 0,
    log,
    meter,
    clock,
    random: member.random,
    svid: await svidOf(member),
    certificatePem: lies.certificatePem ?? member.ca.certificatePem,
    admit: lies.admit ?? (() => ({ kind: 'refused', code: 'X', message: 'no', remedy: 'No.' })),
  });
  closers.push(() => server.stop());
  return server.port;
}

async function svidOf(member: TestMember) {
  const expected = nodeSpiffeId(member.directory.identity.trustDomain, member.name);
  const key = generatePrivateKey('p256');
  const csrDer = createCsr(key, expected);
  const issued = await member.ca.issue({
    csrDer,
    expected,
    node: member.name,
    trustVersion: 1,
    lifeMs: HOUR_MS,
  });
  if (!issued.ok) throw new Error(issued.error.detail);
  return {
    certificateChainPem: issued.value.chainPem.join(''),
    privateKeyPem: privateKeyToPem(key),
  };
}
