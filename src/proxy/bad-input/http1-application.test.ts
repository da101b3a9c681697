import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { IDLE_BODY_MS } from '../limits.ts';
import {
  type AppConnection,
  type Application,
  okAnswer,
  startApplication,
} from '../testing/index.ts';
import {
  type ClientProtocol,
  type Expected,
  linesOf,
  Pairing,
  type Question,
} from './testing/index.ts';

const POST: Question = { method: 'POST', path: '/bad' };
const UNENDED: Question = { ...POST, content: 'part' };
const GET: Question = { method: 'GET', path: '/bad' };
const SIZED = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf';
const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n';
const ENDLESS = 'HTTP/1.1 200 OK\r\n\r\nhalf';
const TOO_LARGE = 'HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno';

const CLOSED: Expected = { outcome: 'whole', status: 503, reason: 'upstream-closed' };
const BAD: Expected = { outcome: 'whole', status: 502, reason: 'bad-response' };
const CUT: Expected = { outcome: 'broken', status: 200, content: 'half' };
const REFUSED: Expected = { outcome: 'whole', status: 413, content: 'no' };

type Case = readonly [
  name: string,
  question: Question,
  misbehave: (connection: AppConnection) => void,
  expected: Expected,
];

const says =
  (text: string, then: 'stays' | 'shutdown' | 'reset' = 'stays') =>
  (connection: AppConnection): void => {
    if (text !== '') connection.write(text);
    if (then !== 'stays') connection[then]();
  };

/** Each on a connection that answered a request well before. */
const CASES: readonly Case[] = [
  ['closes instead of an answer', POST, says('', 'shutdown'), CLOSED],
  ['resets instead of an answer', POST, says('', 'reset'), CLOSED],
  ['closes instead of an answer, twice', GET, says('', 'shutdown'), CLOSED],
  ['closes in mid-head', POST, says('HTTP/1.1 200 OK\r\ncontent-', 'shutdown'), BAD],
  ['closes after an informational answer', POST, says('HTTP/1.1 103 x\r\n\r\n', 'shutdown'), BAD],
  ['sends less than the length', POST, says(SIZED, 'shutdown'), CUT],
  ['closes in mid-chunks', POST, says(CHUNKED, 'shutdown'), CUT],
  ['sends what is no chunk', POST, says(`${CHUNKED}x\r\n`), { outcome: 'broken' }],
  [
    'sends more than it promised',
    POST,
    says(`${okAnswer('all')}more`),
    { outcome: 'whole', status: 200, content: 'all' },
  ],
  ['refuses before the request ended', UNENDED, says(TOO_LARGE), REFUSED],
  ['refuses before the request ended, and closes', UNENDED, says(TOO_LARGE, 'shutdown'), REFUSED],
  ['closes before the request ended', UNENDED, says('', 'shutdown'), CLOSED],
  ['answers in TLS', POST, says('\u0015\u0003\u0003\u0000\u0002\u0002\u0046'), BAD],
  ['greets as a mail server', POST, says('220 mail.example ESMTP\r\n'), BAD],
  ['answers in HTTP/2', POST, says('\0\0\0\u0004\0\0\0\0\0'), BAD],
  ['answers in HTTP/2 by half', POST, says('\0'), BAD],
];

let application: Application;
let pairing: Pairing;
/** Questions that came to misbehave on. */
let asked = 0;

afterEach(() => pairing.stop());

async function serve(client: ClientProtocol, misbehave: (connection: AppConnection) => void) {
  const received = (connection: AppConnection) => {
    if (connection.text.includes('\r\n\r\n') === false) return;
    const isWell = connection.text.startsWith('GET /well');
    connection.text = '';
    if (isWell) connection.write(okAnswer('well'));
    else {
      asked += 1;
      misbehave(connection);
    }
  };
  asked = 0;
  pairing = await Pairing.begin(client, 'http', () => {
    application = startApplication({ received });
    return application;
  });
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)(
  'a client of %s, and an application that',
  (client) => {
    test.each(CASES)('%s', async (_, question, misbehave, expected) => {
      await serve(client, misbehave);
      await pairing.serves();
      await pairing.sees(pairing.ask(question), expected);
      const code = expected.outcome === 'broken' ? 502 : (expected.status ?? 0);
      await pairing.pair.settled();
      expect(pairing.counted(code)).toEqual(code === 200 ? [2, 2] : [1, 1]);
      expect(pairing.logged()).toEqual(linesOf(expected));
      const spoiled = application.connections.length;
      await eventually('the connections are not kept', () =>
        application.connections.every(({ closed }) => closed),
      );
      await pairing.serves();
      expect(application.connections.length).toBe(spoiled + 1);
    });

    test('resets in mid-answer', async () => {
      for (const begun of [SIZED, CHUNKED, ENDLESS]) {
        await serve(client, says(begun));
        await pairing.serves();
        const answer = pairing.ask(POST);
        await eventually('the beginning', () => answer.content === 'half');
        application.connections.at(-1)?.reset();
        await pairing.sees(answer, CUT);
        await pairing.serves();
        expect(application.connections.length).toBe(2);
        if (begun !== ENDLESS) await pairing.stop();
      }
    });

    test('does not listen any more', async () => {
      await serve(client, says(''));
      await pairing.serves();
      application.stop();
      await eventually('it is known', () => pairing.pair.callee.plane.census().servers === 0);
      const answer = pairing.ask(POST);
      await pairing.sees(answer, { outcome: 'whole', status: 503, reason: 'app-not-listening' });
      application = startApplication({}, application.port);
      application.stop();
    });

    test('says nothing', async () => {
      await serve(client, says(''));
      await pairing.serves();
      const answer = pairing.ask(POST);
      await eventually('the question', () => asked === 1);
      pairing.clock.advance(5_200);
      await pairing.sees(answer, { outcome: 'whole', status: 504, reason: 'request-timeout' });
      await eventually('it is left', () => application.connections[0]?.closed === true);
      expect(pairing.counted(504)).toEqual([1, 0]);
      expect(pairing.logged()).toEqual(['outbound: gave a request up: request-timeout']);
      await pairing.serves();
    });

    test('stalls in mid-answer', async () => {
      await serve(client, says(SIZED));
      await pairing.serves();
      const answer = pairing.ask(POST);
      await eventually('the beginning', () => answer.content === 'half');
      pairing.clock.advance(IDLE_BODY_MS + 1_000);
      await pairing.sees(answer, CUT);
      await eventually('it is left', () => application.connections[0]?.closed === true);
      await pairing.serves();
    });
  },
);
