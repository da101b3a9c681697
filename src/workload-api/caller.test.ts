import { describe, expect, test } from 'bun:test';
import { err, ok, type SpiffeId, type TrustDomain } from '../core/index.ts';
import type { RpcCall, RpcStatus } from '../ports/index.ts';
import type { SvidState, WorkloadApiHost } from './host.ts';
import { StateStream } from './state-stream.ts';
import { workloadApi } from './workload-api.ts';

const WEB = 'spiffe://shop.example/ns/default/sa/web' as SpiffeId; // by inspection
const shop = 'shop.example' as TrustDomain; // likewise

/** A host on which the process `1` is web, and what is in force can be said to change. */
function host() {
  const followers = new Set<() => void>();
  const released: string[] = [];
  let state: SvidState = { kind: 'awaited' };
  let renewed: () => void = () => undefined;
  const parts: WorkloadApiHost<number> = {
    identitiesOf: async () => ok([WEB]),
    hold(_, __, changed) {
      renewed = changed;
      return { state: () => state, release: () => released.push('one') };
    },
    x509Bundle: () => ({ trustDomain: shop, authoritiesPem: [] }),
    tokens: {
      sign: async () => ok('token'),
      check: async () => ok({ spiffeId: WEB, claims: {} }),
      bundle: () => '{"keys":[]}',
    },
    onChange(run) {
      followers.add(run);
      return () => followers.delete(run);
    },
    answered: () => undefined,
    rejected: () => undefined,
  };
  const change = () => {
    for (const run of followers) run();
  };
  const renew = () => {
    state = { kind: 'held', svids: [] };
    renewed();
  };
  return { parts, followers, released, change, renew };
}

function call() {
  const sent: Uint8Array[] = [];
  const ends: RpcStatus[] = [];
  const caller = { isAlive: true };
  const rpc: RpcCall<number> = {
    attest: () => (caller.isAlive ? 1 : undefined),
    header: () => 'true',
    send(message) {
      sent.push(message);
      return true;
    },
    end: (status) => ends.push(status),
  };
  return { rpc, sent, ends, caller };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a connection whose process has ended', () => {
  test('is nobody’s, whoever holds it or has its number now', async () => {
    const { parts } = host();
    const { rpc, ends, caller } = call();
    caller.isAlive = false;
    workloadApi(parts)['/SpiffeWorkloadAPI/FetchX509Bundles']?.(rpc);
    await settled();
    expect(ends).toMatchObject([{ code: 'permission-denied' }]);
  });

  test('loses its streams when the kernel is asked again', async () => {
    const { parts, change, followers } = host();
    const { rpc, sent, ends, caller } = call();
    const handlers = workloadApi(parts)['/SpiffeWorkloadAPI/FetchX509Bundles']?.(rpc);
    await settled();
    expect([sent.length, ends.length]).toEqual([1, 0]);
    caller.isAlive = false;
    change();
    await settled();
    expect(ends).toMatchObject([{ code: 'permission-denied' }]);
    handlers?.closed();
    expect(followers.size).toBe(0);
  });

  test('is given no renewed key', async () => {
    const { parts, renew } = host();
    const { rpc, sent, ends, caller } = call();
    workloadApi(parts)['/SpiffeWorkloadAPI/FetchX509SVID']?.(rpc);
    await settled();
    renew();
    await settled();
    expect([sent.length, ends.length]).toEqual([1, 0]);
    caller.isAlive = false;
    renew();
    await settled();
    expect(sent).toHaveLength(1);
    expect(ends).toMatchObject([{ code: 'permission-denied' }]);
  });
});

describe('a caller that may be nobody', () => {
  for (const path of [
    '/SpiffeWorkloadAPI/FetchJWTSVID',
    '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets',
    '/envoy.service.secret.v3.SecretDiscoveryService/FetchSecrets',
  ]) {
    test(`is told so before it says a word: ${path}`, async () => {
      const { parts, followers } = host();
      const { rpc, ends } = call();
      const methods = workloadApi({ ...parts, identitiesOf: async () => err('nobody') });
      const handlers = methods[path]?.(rpc);
      await settled();
      expect(ends).toMatchObject([{ code: 'permission-denied', message: 'nobody' }]);
      handlers?.closed();
      expect(followers.size).toBe(0);
    });
  }
});

test('a call that ends lets go of what was held for it', async () => {
  const { parts, followers, released } = host();
  const handlers = workloadApi(parts)['/SpiffeWorkloadAPI/FetchX509SVID']?.(call().rpc);
  await settled();
  handlers?.closed();
  expect([followers.size, released]).toEqual([0, ['one']]);
});

test('a caller that does not keep up misses what was in between, and gets the last', async () => {
  const sent: string[] = [];
  let state = { text: 'a' };
  const stream = new StateStream<{ text: string }>({
    call: {
      send(message) {
        sent.push(new TextDecoder().decode(message));
        return false;
      },
      end: () => undefined,
    },
    current: async () => ok(state),
    encode: ({ text }) => new TextEncoder().encode(text),
    answered: () => undefined,
  });
  stream.look();
  await settled();
  for (const text of ['b', 'c', 'd']) {
    state = { text };
    stream.look();
    await settled();
  }
  expect(sent).toEqual(['a']);
  stream.drained();
  await settled();
  expect(sent).toEqual(['a', 'd']);
});
