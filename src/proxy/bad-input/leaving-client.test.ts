import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { data, headers, type RawPeer } from '../http2/testing/index.ts';
import { type AppConnection, okAnswer, RawClient, startApplication } from '../testing/index.ts';
import {
  answer,
  type ClientProtocol,
  OK,
  Pairing,
  type Question,
  startHttp2Application,
} from './testing/index.ts';

const GET: Question = { method: 'GET', path: '/slow' };
const POST: Question = { method: 'POST', path: '/slow' };
const UNENDED: Question = { ...POST, content: 'part' };

/** What the application has done when the client leaves. */
type Begun = 'nothing' | 'half an answer';

const POINTS: readonly (readonly [name: string, question: Question, begun: Begun])[] = [
  ['before an answer', GET, 'nothing'],
  ['after all of its content', POST, 'nothing'],
  ['in mid-content', UNENDED, 'nothing'],
  ['in mid-answer', GET, 'half an answer'],
  ['in mid-content and mid-answer', UNENDED, 'half an answer'],
];

let pairing: Pairing;
/** How often the application was asked what it is slow to answer, and how often it was told that nobody waits. */
let asked = 0;
let told = () => 0;

afterEach(() => pairing.stop());

async function serve(
  client: ClientProtocol,
  application: 'http' | 'http2',
  begun: Begun,
): Promise<void> {
  asked = 0;
  const start = { http: () => http1Application(begun), http2: () => http2Application(begun) };
  pairing = await Pairing.begin(client, application, start[application]);
}

function http1Application(begun: Begun) {
  const received = (connection: AppConnection): void => {
    const isSlow = connection.text.includes('/slow');
    connection.text = '';
    if (isSlow) asked += 1;
    if (!isSlow) connection.write(okAnswer('well'));
    else if (begun !== 'nothing') connection.write('HTTP/1.1 200 OK\r\n\r\nhalf');
  };
  const application = startApplication({ received });
  told = () => application.connections.filter(({ closed }) => closed).length;
  return application;
}

function http2Application(begun: Begun) {
  const slow: (() => boolean)[] = [];
  const application = startHttp2Application({
    asked: (peer: RawPeer, id, path) => {
      if (path === '/well') {
        peer.send(answer(id, 'well'));
        return;
      }
      asked += 1;
      slow.push(() => peer.resetCode(id) === 'CANCEL');
      if (begun !== 'nothing') peer.send(headers(id, OK, false), data(id, 'half'));
    },
  });
  told = () => slow.filter((isReset) => isReset()).length;
  return application;
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('a client of %s that leaves', (client) => {
  describe.each(['http', 'http2'] as const)('an application of %s', (application) => {
    test.each(POINTS)('%s is noticed there at once, and counted', async (_, question, begun) => {
      await serve(client, application, begun);
      await pairing.serves();
      const half = pairing.ask(question);
      await eventually('the question', () => asked === 1);
      if (begun !== 'nothing') await eventually('half of it', () => half.content === 'half');
      pairing.leave();
      await eventually('the application is told', () => told() === 1);
      await pairing.pair.settled();
      expect(pairing.counted(499)).toEqual([1, 1]);
      expect(pairing.logged()).toEqual([]);
      await pairing.serves();
    });

    test('at the very moment in which it asks leaves nothing behind', async () => {
      await serve(client, application, 'nothing');
      await pairing.serves();
      pairing.ask(POST);
      pairing.leave();
      await pairing.serves();
    });
  });
});

describe('a client of HTTP/1.1 that leaves', () => {
  test.each([
    ['before it said anything', ''],
    ['in mid-head', 'GET /slow HTTP/1.1\r\nho'],
  ])('%s is forgotten', async (_, beginning) => {
    await serve('HTTP/1.1', 'http', 'nothing');
    await pairing.serves();
    const client = await RawClient.connect(pairing.pair.port);
    if (beginning !== '') client.send(beginning);
    await eventually('it is there', () => pairing.pair.caller.plane.census().clients === 2);
    client.reset();
    await pairing.serves();
    expect(asked).toBe(0);
  });

  test('with requests in its pipeline takes them with it', async () => {
    await serve('HTTP/1.1', 'http', 'nothing');
    await pairing.serves();
    const client = await RawClient.connect(pairing.pair.port);
    client.send('GET /slow HTTP/1.1\r\nhost: web\r\n\r\n'.repeat(3));
    await eventually('the first', () => asked === 1);
    client.reset();
    await eventually('the application is told', () => told() === 1);
    await pairing.serves();
    expect(asked).toBe(1);
  });
});
