import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { GET, headers } from '../http2/testing/index.ts';
import { INFORMATIONAL_ANSWERS } from '../limits.ts';
import { hostileClient } from '../testing/hostile-sidecar.ts';
import { type Application, type Pair, startApplication, startPair } from '../testing/index.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const HINT = 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n';
const ANSWER = 'HTTP/1.1 204 No Content\r\n\r\n';

let pair: Pair;
let application: Application;

/** An application that says so many hints before it answers. */
async function serve(hints: number): Promise<void> {
  application = startApplication({
    received: (connection) => connection.write(HINT.repeat(hints) + ANSWER),
  });
  pair = await startPair(application);
}

afterEach(() => pair.stop());

describe('informational answers', () => {
  test('are passed on, as many as one request may have', async () => {
    await serve(INFORMATIONAL_ANSWERS);
    const client = await pair.connect();
    await client.send(REQUEST).reads('204 No Content');
    expect(client.text.match(/103 Early Hints/g)?.length).toBe(INFORMATIONAL_ANSWERS);
  });

  test('without end are no answer, and pile up nowhere', async () => {
    await serve(10_000);
    const client = await pair.connect();
    await client.send(REQUEST).reads('502');
    expect(client.text).toContain('x-selvage-reason: bad-response');
    expect(client.text.match(/103 Early Hints/g)?.length).toBe(INFORMATIONAL_ANSWERS);
    await eventually('its connection is cut', () => application.connections[0]?.closed === true);
    await pair.settled();
  });

  test('without end are no answer to a client of HTTP/2 either', async () => {
    await serve(10_000);
    const peer = await hostileClient(pair);
    peer.send(headers(1, GET));
    await eventually('it ends', () => peer.hasEnded(1));
    const statuses = peer.heads(1).map(([status]) => status);
    expect(statuses.pop()).toBe(':status: 502');
    expect(statuses).toEqual(Array.from({ length: INFORMATIONAL_ANSWERS }, () => ':status: 103'));
    peer.drop();
  });
});
