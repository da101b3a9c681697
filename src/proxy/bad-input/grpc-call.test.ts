import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import {
  type Conversation,
  data,
  goAway,
  headers,
  latin1,
  reset,
  startConversation,
} from '../http2/testing/index.ts';
import { CODE } from '../http2/wire.ts';
import { type HeardAnswer, requestHead } from '../testing/heard-answer.ts';
import {
  identityOf,
  type Pair,
  recordingEngine,
  snapshotOf,
  startPair,
  startPlane,
  WEB,
} from '../testing/index.ts';
import { answer, type Http2Script, startHttp2Application } from './testing/index.ts';

const GRPC = [['content-type', 'application/grpc']] as const;
const UNAVAILABLE = 'grpc-status: 14';

let clock: FakeClock;
let pair: Pair;
let client: Conversation;
const stops: (() => Promise<void> | void)[] = [];

async function serve(script: Http2Script): Promise<ReturnType<typeof startHttp2Application>> {
  clock = new FakeClock(Date.now());
  const application = startHttp2Application(script);
  pair = await startPair(application, { clock, service: { protocol: 'grpc' } });
  client = await startConversation(pair.port);
  stops.push(
    () => client.stop(),
    () => pair.stop(),
  );
  return application;
}

/** A unary call, with its message. */
function call(): HeardAnswer {
  const asked = client.open(requestHead('POST', '/shop.Stock/Reserve', GRPC)).ask(false);
  asked.send('\0\0\0\0\u0002ab', true);
  return asked;
}

const settled = (heard: HeardAnswer) =>
  eventually('an outcome', () => heard.ended || heard.loss !== undefined);
const fieldsOf = ({ head }: HeardAnswer) => head?.fields.map(({ line }) => line.trimEnd());

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('a gRPC call to an application that', () => {
  test.each<readonly [name: string, reason: string, script: Http2Script]>([
    ['closes', 'upstream-closed', { asked: (peer) => peer.shutdown() }],
    ['cuts', 'upstream-closed', { asked: (peer) => peer.drop() }],
    [
      'resets its stream',
      'upstream-closed',
      { asked: (peer, id) => peer.send(reset(id, CODE.INTERNAL_ERROR)) },
    ],
    [
      'refuses its stream',
      'upstream-closed',
      { asked: (peer, id) => peer.send(reset(id, CODE.REFUSED_STREAM)) },
    ],
    ['goes away', 'upstream-closed', { asked: (peer) => peer.send(goAway(0)) }],
    [
      'speaks HTTP/1.1',
      'bad-response',
      { asked: () => undefined, opened: (peer) => peer.send(latin1('HTTP/1.1 400 Bad\r\n\r\n')) },
    ],
  ])('%s is unavailable at once, in words of gRPC', async (_, reason, script) => {
    await serve(script);
    const heard = call();
    await settled(heard);
    expect(heard.head).toMatchObject({ status: 200, meshReason: reason });
    expect(fieldsOf(heard)).toContain(UNAVAILABLE);
    await pair.settled();
  });

  test('is gone is unavailable too', async () => {
    const application = await serve({ asked: () => undefined });
    application.stop();
    const heard = call();
    await settled(heard);
    expect(heard.head?.meshReason).toBe('app-not-listening');
    expect(fieldsOf(heard)).toContain(UNAVAILABLE);
  });

  test('says nothing is unavailable after its time', async () => {
    let asked = 0;
    await serve({
      asked: () => {
        asked += 1;
      },
    });
    const heard = call();
    await eventually('the call', () => asked === 1);
    clock.advance(5_200);
    await settled(heard);
    expect(heard.head?.meshReason).toBe('request-timeout');
    expect(fieldsOf(heard)).toContain(UNAVAILABLE);
  });

  test('breaks off in mid-answer is a reset: nobody takes a part for the whole', async () => {
    await serve({
      asked: (peer, id) => {
        peer.send(headers(id, [[':status', '200'], ...GRPC], false), data(id, 'half'));
        peer.send(reset(id, CODE.INTERNAL_ERROR));
      },
    });
    const heard = call();
    await settled(heard);
    expect(heard).toMatchObject({ ended: false, loss: 'closed', trailers: undefined });
  });
});

test('a call whose stream one application refuses goes to another, though it must not be made twice', async () => {
  let refused = 0;
  await serve({
    asked: (peer, id) => {
      refused += 1;
      peer.send(reset(id, CODE.REFUSED_STREAM));
    },
  });
  const other = startHttp2Application({ asked: (peer, id) => peer.send(answer(id, 'made')) });
  const { plane } = startPlane(clock);
  stops.unshift(
    () => other.stop(),
    () => plane.stop(),
  );
  plane.useIdentity(await identityOf(pair.authority, 'web'));
  const service = { protocol: 'grpc' } as const;
  plane.apply({ snapshot: snapshotOf([pair.authority], service), engine: recordingEngine() });
  const target = { host: '127.0.0.1', port: other.port };
  const { port } = plane.openInbound({ host: '127.0.0.1', port: 0, service: WEB, target });
  pair.apply({ ...service, ports: [pair.inboundPort, port] });
  for (let count = 0; count < 4; count += 1) {
    const heard = call();
    await settled(heard);
    expect(heard.content).toBe('made');
  }
  expect(refused).toBeGreaterThan(0);
});
