import { afterEach, expect, test } from 'bun:test';
import { type RequestAuthentication, UserTokens } from '../src/identity/index.ts';
import { TestIssuer } from '../src/identity/testing/index.ts';
import {
  bunDatagrams,
  bunSockets,
  cedarWasm,
  realClock,
  realRandom,
} from '../src/platform/index.ts';
import { createEngine, loadCedar } from '../src/policy/index.ts';
import { recordingLog, recordingMeter } from '../src/ports/testing/index.ts';
import { createDataPlane } from '../src/proxy/index.ts';
import {
  type Authority,
  answering,
  identityOf,
  okAnswer,
  RawClient,
  snapshotOf,
  startApplication,
  startAuthority,
  TRUST_DOMAIN,
  WEB,
} from '../src/proxy/testing/index.ts';
import type { Snapshot } from '../src/snapshot/index.ts';

const CLERKS_PAY = `
@id("clerks-pay-at-the-till")
permit (
  principal == Service::"default/till",
  action == Action::"http:POST",
  resource == Service::"default/web"
) when {
  context has user &&
  context.user in Group::"https://login.shop.example|clerks" &&
  context.user.hasTag("email") &&
  context.user.getTag("email") like "*@shop.example"
};`;

const login = new TestIssuer();
const policies = [{ name: 'pay', text: CLERKS_PAY }];
const HOST = '127.0.0.1';

/** A sidecar's data plane with a real policy engine and its check of tokens. */
class Side {
  readonly meter = recordingMeter();
  readonly plane;
  readonly #users = new UserTokens({ clock: realClock, meter: this.meter, log: recordingLog() });
  readonly #engine;

  constructor() {
    const ports = { sockets: bunSockets, datagrams: bunDatagrams };
    const host = { clock: realClock, random: realRandom, log: recordingLog() };
    const { meter } = this;
    this.plane = createDataPlane({ ...ports, ...host, meter, users: this.#users });
    const cedar = loadCedar(cedarWasm());
    const built = createEngine({ cedar, trustDomain: TRUST_DOMAIN, policies });
    if (!built.ok) throw new Error(JSON.stringify(built.error));
    this.#engine = built.value;
  }

  use(snapshot: Snapshot): void {
    this.#users.configure(snapshot.authentications);
    this.plane.apply({ snapshot, engine: this.#engine });
  }
}

/** `till` and `kiosk` call `web`. */
class Market {
  readonly web = new Side();
  readonly callers = { till: new Side(), kiosk: new Side() };
  readonly #sides: readonly Side[] = [this.web, this.callers.till, this.callers.kiosk];
  readonly #heads: string[] = [];
  readonly #authority: Authority;
  readonly #ports: Readonly<Record<'till' | 'kiosk', number>>;
  readonly #inboundPort: number;
  readonly #application;

  static async open(): Promise<Market> {
    const authority = await startAuthority();
    const market = new Market(authority, {
      web: await identityOf(authority, 'web'),
      till: await identityOf(authority, 'till'),
      kiosk: await identityOf(authority, 'kiosk'),
    });
    market.trust([login.authentication()]);
    return market;
  }

  private constructor(
    authority: Authority,
    ids: Readonly<Record<'web' | 'till' | 'kiosk', Awaited<ReturnType<typeof identityOf>>>>,
  ) {
    this.#authority = authority;
    this.#application = startApplication({
      received: answering((head) => {
        this.#heads.push(head);
        return okAnswer('paid');
      }),
    });
    this.web.plane.useIdentity(ids.web);
    this.callers.till.plane.useIdentity(ids.till);
    this.callers.kiosk.plane.useIdentity(ids.kiosk);
    const target = { host: HOST, port: this.#application.port };
    const inbound = this.web.plane.openInbound({ host: HOST, port: 0, service: WEB, target });
    this.#inboundPort = inbound.port;
    const outbound = (side: Side) =>
      side.plane.openOutbound({ host: HOST, port: 0, service: WEB }).port;
    this.#ports = { till: outbound(this.callers.till), kiosk: outbound(this.callers.kiosk) };
  }

  /** Requests that reached the application. */
  get served(): number {
    return this.#heads.length;
  }

  trust(authentications: readonly RequestAuthentication[], sides = this.#sides): void {
    const shared = snapshotOf([this.#authority], { ports: [this.#inboundPort] });
    for (const side of sides) side.use({ ...shared, authentications });
  }

  /** Status and reason of the answer to a payment. */
  async pay(caller: 'till' | 'kiosk', token?: string): Promise<string> {
    const client = await RawClient.connect(this.#ports[caller]);
    const field = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
    const request = `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\nConnection: close\r\n${field}\r\n`;
    const answer = await client.send(request).finish();
    client.reset();
    const status = answer.split(' ')[1];
    const reason = /^x-selvage-reason: (.*)\r$/m.exec(answer)?.[1];
    return reason === undefined ? `${status}` : `${status} ${reason}`;
  }

  close(): void {
    for (const side of this.#sides) side.plane.stop();
    this.#application.stop();
  }
}

let market: Market;
afterEach(() => market.close());

test('a policy that requires a service and a user is met by both together only', async () => {
  market = await Market.open();
  const clerk = await login.token(Date.now());
  const cook = await login.token(Date.now(), { groups: ['cooks'] });
  const guest = await login.token(Date.now(), { email: 'anna@elsewhere.example' });
  expect(await market.pay('till')).toBe('403 denied-by-policy');
  expect(await market.pay('till', cook)).toBe('403 denied-by-policy');
  expect(await market.pay('till', guest)).toBe('403 denied-by-policy');
  // CVE-2023-3518: a good token is no substitute for the right service.
  expect(await market.pay('kiosk', clerk)).toBe('403 denied-by-policy');
  expect(market.served).toBe(0);
  expect(await market.pay('till', clerk)).toBe('200');
  expect(market.served).toBe(1);
});

test('a bad token is refused before any policy is asked, and never taken for none', async () => {
  market = await Market.open();
  const forger = new TestIssuer('ES256', login.issuer);
  for (const token of [
    await forger.token(Date.now()),
    await login.token(Date.now() - 3_600_000),
    await login.token(Date.now(), { aud: 'bank' }),
    'none',
  ]) {
    expect(await market.pay('till', token)).toBe('401 invalid-token');
  }
  const { meter } = market.callers.till;
  const seen = (result: string) => meter.value('selvage_user_tokens_checked_total', { result });
  expect(['bad-signature', 'expired', 'wrong-audience', 'malformed'].map(seen)).toEqual([
    1, 1, 1, 1,
  ]);
  expect(market.served).toBe(0);
});

test('the called side checks the token for itself, whatever the caller’s side took it for', async () => {
  market = await Market.open();
  const forger = new TestIssuer('ES256', login.issuer);
  market.trust([forger.authentication()], [market.callers.till]);
  expect(await market.pay('till', await forger.token(Date.now()))).toBe('401 invalid-token');
  const result = (side: Side, found: string) =>
    side.meter.value('selvage_user_tokens_checked_total', { result: found });
  expect(result(market.callers.till, 'accepted')).toBe(1);
  expect(result(market.web, 'bad-signature')).toBe(1);
  expect(market.served).toBe(0);
});

test('an issuer that is taken out of force takes its users along', async () => {
  market = await Market.open();
  const clerk = await login.token(Date.now());
  expect(await market.pay('till', clerk)).toBe('200');
  market.trust([login.authentication({ keys: [new TestIssuer().jwk] })]);
  expect(await market.pay('till', clerk)).toBe('401 invalid-token');
  market.trust([]);
  expect(await market.pay('till', clerk)).toBe('403 denied-by-policy');
});
