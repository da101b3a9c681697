import { afterEach, expect, test } from 'bun:test';
import type { SampledDecision } from '../policy/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { SAMPLE_OPEN_MS } from './limits.ts';
import {
  type Application,
  accountId,
  answering,
  okAnswer,
  type Pair,
  type PairOptions,
  startApplication,
  startPair,
  type TestPlane,
} from './testing/index.ts';

let pair: Pair;
let clock: FakeClock;

async function serve(options: PairOptions, app?: Application): Promise<void> {
  clock = new FakeClock(Date.now());
  const application =
    app ?? startApplication({ received: answering(() => okAnswer('secret answer')) });
  pair = await startPair(application, { clock, ...options });
}

afterEach(() => pair.stop());

/** What a plane has handed over when the second is over. */
function handedOver({ sampled }: TestPlane): readonly SampledDecision[] {
  clock.advance(1_000);
  return sampled;
}

const GET = 'GET /orders/1 HTTP/1.1\r\nHost: web\r\n\r\n';

test('a call that is let through is sampled where it enters, with what policies may read of it', async () => {
  await serve({ snapshot: { policyHeaders: ['x-tenant'] } });
  const body = 'x-body-secret';
  const fields = `x-tenant: blue\r\nx-unread: hidden\r\ncontent-length: ${body.length}\r\n`;
  await pair.ask(`POST /orders/1?card=4711 HTTP/1.1\r\nHost: web\r\n${fields}\r\n${body}`);
  const [sample, ...more] = handedOver(pair.callee);
  expect(more).toEqual([]);
  expect(sample).toMatchObject({
    weight: 1,
    request: {
      principal: accountId('client'),
      resource: 'default/web',
      action: 'http',
      method: 'POST',
      path: '/orders/1',
      host: 'web',
      headers: { 'x-tenant': 'blue' },
      tls: { version: 'TLSv1.3' },
    },
  });
  const text = JSON.stringify(pair.callee.sampled);
  for (const unread of ['hidden', 'x-unread', '4711', 'secret']) expect(text).not.toContain(unread);
  expect(handedOver(pair.caller)).toEqual([]);
});

test('a call that is denied as it leaves is sampled there, and one that is denied as it enters here', async () => {
  await serve({ mayLeave: (request) => request.action !== 'http' || request.path !== '/no' });
  expect(await pair.ask('GET /no HTTP/1.1\r\nHost: web\r\n\r\n')).toContain('403');
  expect(handedOver(pair.caller)).toMatchObject([{ request: { path: '/no' } }]);
  expect(handedOver(pair.callee)).toEqual([]);
});

test('a call that is denied as it enters is sampled there alone', async () => {
  await serve({ mayEnter: () => false });
  expect(await pair.ask(GET)).toContain('403');
  expect(handedOver(pair.callee)).toMatchObject([{ request: { path: '/orders/1' } }]);
  expect(handedOver(pair.caller)).toEqual([]);
});

test('a connection that stays open counts as one call a minute', async () => {
  const echo = startApplication({ received: (connection) => connection.write('!') });
  await serve({ service: { protocol: 'tcp' } }, echo);
  const client = await pair.connect();
  // In steps with traffic, for sidecars that hear nothing of each other for long give each other up.
  for (let answers = '!'; answers.length * 5_000 <= SAMPLE_OPEN_MS + 10_000; answers += '!') {
    await client.send('?').reads(answers);
    clock.advance(5_000);
  }
  expect(pair.callee.sampled).toMatchObject([
    { weight: 1, request: { action: 'connect', protocol: 'tcp' } },
    { weight: 1, request: { action: 'connect', protocol: 'tcp' } },
  ]);
  client.reset();
});
