import { afterEach, describe, expect, test } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import type { NodeName } from '../core/index.ts';
import { publicKeySha256, type RevocationLists, type Revoked } from '../crypto/index.ts';
import { eventually } from '../ports/testing/index.ts';
import type { WorkloadIdentity } from './index.ts';
import {
  type Application,
  accountId,
  answering,
  identityOf,
  okAnswer,
  type Pair,
  type RawClient,
  type ServiceOverrides,
  startApplication,
  startPair,
  UdpProgram,
} from './testing/index.ts';

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const SERVER: NodeName = 'n7' as NodeName; // a label
const CLIENT = { source: 'default/client', destination: 'default/web' } as const;

let pair: Pair;
let protocol: NonNullable<ServiceOverrides['protocol']>;

async function serve(spoken: typeof protocol, app: Application | UdpProgram): Promise<void> {
  protocol = spoken;
  pair = await startPair(app, { service: { protocol } });
}

afterEach(() => pair.stop());

const echo = () => startApplication({ received: (connection) => connection.write('!') });
const halfAnswering = () =>
  startApplication({ received: answering('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart') });

/** Both sidecars hear of it. */
const hear = (revocations: Partial<RevocationLists>): void =>
  pair.apply({ protocol }, { revocations: { all: [], byAuthorities: [], ...revocations } });

/** Whatever began up to now, the backdating included. */
const workload = (account: string): Revoked => ({
  kind: 'workload',
  spiffeId: accountId(account),
  beforeMs: Date.now() - 1_000,
});

const counted = (side: 'caller' | 'callee', name: string, labels: Record<string, string>) =>
  pair[side].meter.value(name, labels);
const cut = (side: 'caller' | 'callee') =>
  counted(side, 'selvage_cut_connections_total', {
    ...CLIENT,
    direction: side === 'caller' ? 'outbound' : 'inbound',
    reason: 'revoked',
  });
const tunnelsCut = (side: 'caller' | 'callee') =>
  counted(side, 'selvage_cut_tunnels_total', {
    role: side === 'caller' ? 'client' : 'server',
    reason: 'revoked',
  });
const handshakes = (side: 'caller' | 'callee', result: string) =>
  counted(side, 'selvage_tls_handshakes_total', {
    role: side === 'caller' ? 'client' : 'server',
    result,
  });

async function begun(text: string, answer: string): Promise<RawClient> {
  const client = await pair.connect();
  await client.send(text).reads(answer);
  return client;
}

/** By who dialled, or by who was dialled, which the client then only sees to close. */
async function isRefused(): Promise<void> {
  const client = await begun(GET, 'x-selvage-reason: ');
  expect(client.text).toMatch(/^HTTP\/1.1 50[23] /);
}

const bare = async (account: string, options = {}): Promise<WorkloadIdentity> =>
  await identityOf(pair.authority, account, options);

describe('what is open with a peer is cut when it is revoked, and counted (envoy#14504, consul#6454)', () => {
  test.each(['web', 'client'])('a connection of bytes, when %s is', async (account) => {
    await serve('tcp', echo());
    const client = await begun('x', '!');
    hear({ all: [workload(account)] });
    await eventually('the reset', () => client.closed);
    // Who is revoked looks at its peers alone: the other side cuts it.
    const side = account === 'web' ? 'caller' : 'callee';
    expect([cut(side), tunnelsCut(side)]).toEqual([1, 1]);
  });

  test('every request on the connection, and the connection', async () => {
    await serve('http', halfAnswering());
    const clients = await Promise.all([1, 2, 3].map(() => begun(GET, 'part')));
    hear({ all: [workload('client')] });
    await eventually('their ends', () => clients.every(({ closed }) => closed));
    await eventually('nothing is left', () => pair.callee.plane.census().clients === 0);
    expect([cut('callee'), tunnelsCut('callee')]).toEqual([3, 1]);
  });

  test('a connection that waits for requests', async () => {
    await serve('http', startApplication({ received: answering(okAnswer('ok')) }));
    (await begun(GET, '200 OK')).reset();
    await pair.settled();
    expect(pair.caller.plane.census().servers).toBe(1);
    hear({ all: [workload('web')] });
    await eventually('nothing is left', () => pair.callee.plane.census().clients === 0);
    expect([cut('caller'), tunnelsCut('caller')]).toEqual([0, 1]);
  });

  test('a flow of datagrams', async () => {
    const program = new UdpProgram((text) => `got ${text}`);
    await serve('udp', program);
    const client = new UdpProgram();
    client.send('a', pair.port);
    await client.hears(1);
    hear({ all: [workload('client')] });
    await eventually('nothing is left', () => pair.callee.plane.census().flows === 0);
    expect([cut('callee'), tunnelsCut('callee')]).toEqual([1, 1]);
    client.stop();
  });
});

describe('a new connection', () => {
  const answers = () => startApplication({ received: answering(okAnswer('ok')) });

  test('to or from who is revoked fails in the handshake, with that reason', async () => {
    await serve('http', answers());
    hear({ all: [workload('web')] });
    await isRefused();
    expect(handshakes('caller', 'revoked')).toBeGreaterThan(0);
    hear({ all: [workload('client')] });
    await isRefused();
    await eventually('the refusal', () => handshakes('callee', 'revoked') > 0);
  });

  test('succeeds again with what was issued after the revocation', async () => {
    await serve('http', answers());
    const beforeMs = Math.floor(Date.now() / 1_000) * 1_000 - 2_000;
    hear({ all: [{ ...workload('client'), beforeMs } as Revoked] }); // of the same kind
    await isRefused();
    pair.caller.plane.useIdentity(await bare('client', { earliestMs: beforeMs + 1 }));
    await begun(GET, '200 OK');
  });

  interface Shown {
    readonly serial: string;
    readonly keySha256: string;
    readonly authorityKeySha256: string;
  }
  const takenBack = (
    { authorityKeySha256 }: Shown,
    what: RevocationLists['byAuthorities'][number]['what'],
  ) => ({ byAuthorities: [{ authorityKeySha256, what, untilMs: Date.now() + 60_000 }] });
  const ways: Record<string, (shown: Shown) => Partial<RevocationLists>> = {
    'a serial': (shown) => takenBack(shown, { serial: shown.serial }),
    'a key, by its authority': (shown) => takenBack(shown, { keySha256: shown.keySha256 }),
    'a key, by the governors': ({ keySha256 }) => ({ all: [{ kind: 'key', keySha256 }] }),
    'the node that asked for the certificate': () => ({
      all: [{ kind: 'node', node: SERVER, beforeMs: Date.now() - 1_000 }],
    }),
    'its authority': ({ authorityKeySha256: keySha256 }) => ({
      all: [{ kind: 'authority', keySha256 }],
    }),
  };
  test.each(Object.entries(ways))('fails when %s is revoked', async (_, way) => {
    await serve('http', answers());
    const identity = await bare('web', { node: SERVER });
    pair.callee.plane.useIdentity(identity);
    await begun(GET, '200 OK');
    const leaf = new X509Certificate(identity.certificateChainPem);
    const keySha256 = publicKeySha256(leaf.publicKey as Parameters<typeof publicKeySha256>[0]); // its kind is open
    const authorityKeySha256 = pair.authority.certificate.publicKeySha256;
    hear(way({ keySha256, authorityKeySha256, serial: leaf.serialNumber.toLowerCase() }));
    await isRefused();
    expect(handshakes('caller', 'revoked')).toBeGreaterThan(0);
  });
});

test('both ends say by which group they agreed on the keys of each connection', async () => {
  await serve('http', startApplication({ received: answering(okAnswer('ok')) }));
  await begun(GET, '200 OK');
  for (const [side, role] of [
    ['caller', 'client'],
    ['callee', 'server'],
  ] as const) {
    const labels = { role, group: 'X25519MLKEM768' };
    expect(counted(side, 'selvage_tls_key_exchanges_total', labels)).toBe(1);
  }
});
