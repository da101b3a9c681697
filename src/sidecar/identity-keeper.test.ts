import { beforeEach, describe, expect, test } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import { parseSpiffeId, type SpiffeId } from '../core/index.ts';
import { type Issuer, issueSvid, parseCsr, Revocations, TrustBundle } from '../crypto/index.ts';
import { HOUR_MS, newAuthority, random, trustDomain } from '../crypto/testing/index.ts';
import { renewBefore } from '../identity/index.ts';
import { eventually, FakeClock, recordingLog, seededRandom } from '../ports/testing/index.ts';
import { type HeldIdentity, IdentityKeeper } from './identity-keeper.ts';

const WEB = spiffe('spiffe://shop.example/ns/default/sa/web');
const OTHER = spiffe('spiffe://shop.example/ns/default/sa/other');

function spiffe(text: string): SpiffeId {
  const id = parseSpiffeId(text);
  if (!id.ok) throw new Error(id.error);
  return id.value;
}

let clock: FakeClock;
let asked: Uint8Array[];
let used: HeldIdentity[];
let keeper: IdentityKeeper;
let accept: boolean;
const log = recordingLog();
beforeEach(() => {
  clock = new FakeClock();
  asked = [];
  used = [];
  accept = true;
  keeper = new IdentityKeeper({
    clock,
    random: seededRandom(5),
    log,
    request: (csr) => void asked.push(csr),
    use(identity) {
      if (!accept) throw new Error('the key and the certificate do not belong together');
      used.push(identity);
    },
  });
});

/** What an authority would answer to a request. */
async function answer(
  csrDer: Uint8Array | undefined,
  lifeMs = HOUR_MS,
  by?: Issuer,
): Promise<[string[], number]> {
  const csr = parseCsr(csrDer ?? new Uint8Array());
  if (!csr.ok) throw new Error(csr.error.detail);
  const { publicKey, spiffeId } = csr.value;
  const issuer = by ?? (await newAuthority(24 * HOUR_MS, { now: clock.now() })).issuer;
  const { pem, notAfter } = issueSvid({
    issuer,
    publicKey,
    spiffeId,
    now: clock.now(),
    lifeMs,
    random,
  });
  return [[pem], notAfter];
}

const requests = (count: number) => eventually(`${count} requests`, () => asked.length >= count);

async function served(lifeMs = HOUR_MS): Promise<void> {
  const before = asked.length;
  keeper.begin(WEB);
  await requests(before + 1);
  keeper.take(...(await answer(asked.at(-1), lifeMs)));
}

test('the first request goes out at once, and its answer is used with the key that asked', async () => {
  await served();
  expect(used).toHaveLength(1);
  const [identity] = used;
  const certificate = new X509Certificate(identity?.certificateChainPem ?? '');
  expect(certificate.subjectAltName).toBe(`URI:${WEB}`);
  const { createPrivateKey } = await import('node:crypto');
  expect(certificate.checkPrivateKey(createPrivateKey(identity?.privateKeyPem ?? ''))).toBe(true);
});

test('renewal comes at half of the life, with another key each time', async () => {
  await served();
  clock.advance(0.4 * HOUR_MS);
  expect(asked).toHaveLength(1);
  clock.advance(0.2 * HOUR_MS);
  await requests(2);
  keeper.take(...(await answer(asked[1])));
  expect(used).toHaveLength(2);
  expect(used[0]?.privateKeyPem).not.toBe(used[1]?.privateKeyPem as string);
});

test('while nobody answers it asks again for the same key, and a late answer fits', async () => {
  keeper.begin(WEB);
  await requests(1);
  for (let count = 2; count <= 5; count++) {
    clock.advance(30_000);
    await eventually('another request', () => asked.length >= count);
  }
  const keyOf = (csr: Uint8Array) => {
    const parsed = parseCsr(csr);
    if (!parsed.ok) throw new Error(parsed.error.detail);
    return parsed.value.publicKey.export({ type: 'spki', format: 'pem' });
  };
  expect(new Set(asked.map(keyOf)).size).toBe(1);
  keeper.take(...(await answer(asked[0])));
  expect(used).toHaveLength(1);
});

test('an answer that nobody asked for, or a second one, changes nothing', async () => {
  keeper.take(['PEM'], clock.now() + HOUR_MS);
  expect(used).toHaveLength(0);
  await served();
  keeper.take(...(await answer(asked[0])));
  expect(used).toHaveLength(1);
});

test('an answer that cannot be used counts as none: it asks again', async () => {
  accept = false;
  await served();
  expect(log.lines.at(-1)?.level).toBe('error');
  clock.advance(1_000);
  await requests(2);
  accept = true;
  keeper.take(...(await answer(asked[1])));
  expect(used).toHaveLength(1);
});

test('a node that is there again is not asked before it is time', async () => {
  await served();
  keeper.begin(WEB);
  clock.advance(1_000);
  await Promise.resolve();
  expect(asked).toHaveLength(1);
});

test('a node that was away over half of the life is asked at once', async () => {
  await served();
  keeper.stop();
  clock.advance(0.7 * HOUR_MS);
  keeper.begin(WEB);
  await requests(2);
});

test('requests bear the name that the node gave last', async () => {
  keeper.begin(WEB);
  await requests(1);
  keeper.begin(OTHER);
  await requests(2);
  const csr = parseCsr(asked[1] ?? new Uint8Array());
  expect(csr).toMatchObject({ ok: true, value: { spiffeId: OTHER } });
});

test('after the end it asks no more', async () => {
  await served();
  keeper.stop();
  clock.advance(HOUR_MS);
  await Promise.resolve();
  expect(asked).toHaveLength(1);
});

describe('the authority of the SVID', () => {
  let first: Issuer;
  let second: Issuer;
  beforeEach(async () => {
    first = (await newAuthority(24 * HOUR_MS, { now: clock.now() })).issuer;
    second = (await newAuthority(24 * HOUR_MS, { now: clock.now() })).issuer;
    keeper.begin(WEB);
    await requests(1);
    keeper.follow(bundle({}, {}));
    keeper.take(...(await answer(asked[0], HOUR_MS, first)));
  });

  /** Of both authorities as far as they are in force. */
  const bundle = (ofFirst: { untilMs?: number } | undefined, ofSecond?: object) =>
    new TrustBundle(trustDomain, [
      ...(ofFirst === undefined
        ? []
        : [{ pem: first.pem, namespaces: 'any' as const, ...ofFirst }]),
      ...(ofSecond === undefined ? [] : [{ pem: second.pem, namespaces: 'any' as const }]),
    ]);

  test('being in force, changes nothing', async () => {
    keeper.follow(bundle({}));
    clock.advance(0.4 * HOUR_MS);
    expect(asked).toHaveLength(1);
  });

  test('being taken out of force, it is replaced at once', async () => {
    keeper.follow(bundle(undefined, {}));
    clock.advance(250);
    await requests(2);
    keeper.take(...(await answer(asked.at(-1), HOUR_MS, second)));
    keeper.follow(bundle(undefined, {}));
    const before = asked.length;
    clock.advance(0.4 * HOUR_MS);
    expect(asked).toHaveLength(before);
  });

  test('having taken the certificate back, it is asked for the next one at once', async () => {
    const serial = new X509Certificate(
      used[0]?.certificateChainPem ?? '',
    ).serialNumber.toLowerCase();
    const authorityKeySha256 = first.certificate.publicKeySha256;
    const taken = { authorityKeySha256, what: { serial }, untilMs: clock.now() + HOUR_MS };
    keeper.follow(bundle({}).revoking(new Revocations([], [taken])));
    clock.advance(250);
    await requests(2);
  });

  test('having an end, it is replaced within a third of what is left, once', async () => {
    keeper.follow(bundle({ untilMs: clock.now() + 30_000 }, {}));
    clock.advance(10_000);
    await requests(2);
    keeper.take(...(await answer(asked.at(-1), HOUR_MS, second)));
    const before = asked.length;
    clock.advance(0.4 * HOUR_MS);
    expect(asked).toHaveLength(before);
  });

  test('signing once more on its way out, leaves the next one as little time', async () => {
    const retiring = bundle({ untilMs: clock.now() + 30_000 }, {});
    keeper.follow(retiring);
    clock.advance(10_000);
    await requests(2);
    keeper.take(...(await answer(asked.at(-1), HOUR_MS, first)));
    const before = asked.length;
    clock.advance(10_000);
    await requests(before + 1);
  });

  test('that this sidecar has not heard of yet, is no reason to ask again and again', async () => {
    const { issuer: newest } = await newAuthority(24 * HOUR_MS, { now: clock.now() });
    keeper.follow(bundle(undefined, {}));
    clock.advance(250);
    await requests(2);
    keeper.take(...(await answer(asked.at(-1), HOUR_MS, newest)));
    const before = asked.length;
    clock.advance(0.4 * HOUR_MS);
    expect(asked).toHaveLength(before);
  });
});

test('those whose authority is taken out do not all ask at one moment', () => {
  const moments = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    moments.add(renewBefore(1_000, 9_000, 1_000, seededRandom(seed)));
  }
  expect(moments.size).toBe(20);
  expect(Math.max(...moments)).toBeLessThanOrEqual(1_250);
});
