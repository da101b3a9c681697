import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import {
  data,
  goAway,
  headers,
  latin1,
  type RawListener,
  type RawPeer,
  reset,
  settingsFrame,
} from '../http2/testing/index.ts';
import { CODE } from '../http2/wire.ts';
import { IDLE_BODY_MS, LINGER_MS } from '../limits.ts';
import {
  answer,
  type ClientProtocol,
  type Expected,
  linesOf,
  OK,
  Pairing,
  type Question,
  startHttp2Application,
} from './testing/index.ts';

const POST: Question = { method: 'POST', path: '/bad' };
const UNENDED: Question = { ...POST, content: 'part' };
const GET: Question = { method: 'GET', path: '/bad' };
const SIZED = [...OK, ['content-length', '10']] as const;

const CLOSED: Expected = { outcome: 'whole', status: 503, reason: 'upstream-closed' };
const BAD: Expected = { outcome: 'whole', status: 502, reason: 'bad-response' };
const BROKEN: Expected = { outcome: 'broken' };
const REFUSED: Expected = { outcome: 'whole', status: 413, content: 'no' };

type Misbehave = (peer: RawPeer, id: number) => void;
type Case = readonly [name: string, question: Question, misbehave: Misbehave, expected: Expected];

const half = (id: number): Buffer => Buffer.concat([headers(id, OK, false), data(id, 'half')]);
const refusal = (id: number): Buffer =>
  Buffer.concat([headers(id, [[':status', '413']], false), data(id, 'no', true)]);

/** On a connection that answered a request well before; it goes on for others. */
const STREAMS: readonly Case[] = [
  [
    'resets the stream instead of an answer',
    POST,
    (peer, id) => peer.send(reset(id, CODE.INTERNAL_ERROR)),
    CLOSED,
  ],
  [
    'resets the stream in mid-answer',
    POST,
    (peer, id) => peer.send(half(id), reset(id, CODE.INTERNAL_ERROR)),
    BROKEN,
  ],
  ['refuses each stream', POST, (peer, id) => peer.send(reset(id, CODE.REFUSED_STREAM)), CLOSED],
  [
    'sends less than the length',
    POST,
    (peer, id) => peer.send(headers(id, SIZED, false), data(id, 'half', true)),
    BROKEN,
  ],
  [
    'sends more than the length',
    POST,
    (peer, id) => peer.send(headers(id, SIZED, false), data(id, 'more than ten', true)),
    BROKEN,
  ],
  ['answers with no status', POST, (peer, id) => peer.send(headers(id, [['a', 'b']])), BAD],
  [
    'refuses before the request ended',
    UNENDED,
    (peer, id) => peer.send(refusal(id), reset(id, CODE.NO_ERROR)),
    REFUSED,
  ],
  [
    'refuses before the request ended, and waits',
    UNENDED,
    (peer, id) => peer.send(refusal(id)),
    REFUSED,
  ],
];

/** That end the connection. */
const CONNECTIONS: readonly Case[] = [
  ['closes instead of an answer', POST, (peer) => peer.shutdown(), CLOSED],
  ['cuts the connection instead of an answer', POST, (peer) => peer.drop(), CLOSED],
  ['closes instead of an answer, twice', GET, (peer) => peer.shutdown(), CLOSED],
  [
    'closes in mid-answer',
    POST,
    (peer, id) => {
      peer.send(half(id));
      peer.shutdown();
    },
    BROKEN,
  ],
  [
    'goes away from a request that it did not process, twice',
    POST,
    (peer, id) => peer.send(goAway(Math.max(0, id - 2))),
    CLOSED,
  ],
  [
    'goes away, and answers what is under way',
    POST,
    (peer, id) => peer.send(goAway(id), answer(id, 'last')),
    { outcome: 'whole', status: 200, content: 'last' },
  ],
  [
    'goes away after its answer',
    POST,
    (peer, id) => peer.send(answer(id, 'last'), goAway(id)),
    { outcome: 'whole', status: 200, content: 'last' },
  ],
  ['sends what is no frame', POST, (peer) => peer.send(latin1('HTTP/1.1 200 OK\r\n\r\n')), CLOSED],
];

let application: RawListener;
let pairing: Pairing;

afterEach(() => pairing.stop());

async function serve(client: ClientProtocol, misbehave: Misbehave): Promise<void> {
  const asked = (peer: RawPeer, id: number, path: string) => {
    if (path === '/well') peer.send(answer(id, 'well'));
    else misbehave(peer, id);
  };
  pairing = await Pairing.begin(client, 'http2', () => {
    application = startHttp2Application({ asked });
    return application;
  });
}

async function fails(client: ClientProtocol, [, question, misbehave, expected]: Case) {
  await serve(client, misbehave);
  await pairing.serves();
  await pairing.sees(pairing.ask(question), expected);
  await pairing.pair.settled();
  const code = expected.outcome === 'broken' ? 502 : (expected.status ?? 0);
  expect(pairing.counted(code)).toEqual(code === 200 ? [2, 2] : [1, 1]);
  expect(pairing.logged()).toEqual(linesOf(expected));
  const spoiled = application.peers.length;
  await pairing.serves();
  return application.peers.length - spoiled;
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)(
  'a client of %s, and an application that',
  (client) => {
    test.each(STREAMS)('%s', async (...[name, question, misbehave, expected]) => {
      expect(await fails(client, [name, question, misbehave, expected])).toBe(0);
    });

    test.each(CONNECTIONS)('%s', async (...[name, question, misbehave, expected]) => {
      expect(await fails(client, [name, question, misbehave, expected])).toBe(1);
    });

    test.each([
      ['closes at once', (peer: RawPeer) => peer.shutdown(), CLOSED],
      ['cuts at once', (peer: RawPeer) => peer.drop(), CLOSED],
      ['speaks HTTP/1.1', (peer: RawPeer) => peer.send(latin1('HTTP/1.1 400 Bad\r\n\r\n')), BAD],
      [
        'speaks TLS',
        (peer: RawPeer) => peer.send(latin1('\u0015\u0003\u0003\0\u0002\u0002F')),
        BAD,
      ],
      ['greets as a mail server', (peer: RawPeer) => peer.send(latin1('220 mail ESMTP\r\n')), BAD],
      ['goes away at once', (peer: RawPeer) => peer.send(settingsFrame(), goAway(0)), CLOSED],
    ])('%s', async (_, opened, expected) => {
      pairing = await Pairing.begin(client, 'http2', () => {
        application = startHttp2Application({ opened, asked: () => undefined });
        return application;
      });
      await pairing.sees(pairing.ask(POST), expected);
      await pairing.pair.settled();
      expect(application.peers.length).toBeLessThanOrEqual(2);
      await eventually('nothing is kept', () => application.peers.every(({ closed }) => closed));
    });

    test('never closes a connection that it went away from', async () => {
      pairing = await Pairing.begin(client, 'http2', () => {
        const asked = (peer: RawPeer, id: number) => peer.send(answer(id, 'well'), goAway(id));
        application = startHttp2Application({ closes: false, asked });
        return application;
      });
      const { callee } = pairing.pair;
      await pairing.sees(pairing.ask(GET), { outcome: 'whole', status: 200 });
      await eventually('it waits for no request', () => callee.plane.census().pooled === 0);
      pairing.clock.advance(LINGER_MS + 200);
      await eventually('it is gone', () => callee.plane.census().servers === 0);
    });

    test('says nothing at all', async () => {
      pairing = await Pairing.begin(client, 'http2', () => {
        application = startHttp2Application({ opened: () => undefined, asked: () => undefined });
        return application;
      });
      const asked = pairing.ask(POST);
      await eventually('the request', () => application.peers.length === 1);
      pairing.clock.advance(5_200);
      await pairing.sees(asked, { outcome: 'whole', status: 504, reason: 'request-timeout' });
      await pairing.pair.settled();
    });

    test('stalls in mid-answer', async () => {
      await serve(client, (peer, id) => peer.send(half(id)));
      await pairing.serves();
      const asked = pairing.ask(POST);
      await eventually('the beginning', () => asked.content === 'half');
      pairing.clock.advance(IDLE_BODY_MS + 1_000);
      await pairing.sees(asked, BROKEN);
      await pairing.serves();
    });
  },
);
