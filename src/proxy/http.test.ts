import { afterEach, describe, expect, test } from 'bun:test';
import {
  type Application,
  accountId,
  answering,
  okAnswer,
  type Pair,
  type PairOptions,
  startApplication,
  startPair,
} from './testing/index.ts';

let pair: Pair;
let application: Application;

async function serve(
  answer: string | ((head: string) => string),
  options: PairOptions = {},
): Promise<void> {
  application = startApplication({ received: answering(answer) });
  pair = await startPair(application, options);
}

afterEach(async () => {
  application.stop();
  await pair.stop();
});

const GET = 'GET /a?b HTTP/1.1\r\nHost: web\r\n\r\n';

describe('a request between two sidecars', () => {
  test('is answered, and both ends learn who the other is', async () => {
    let seen = '';
    await serve((head) => {
      seen = head;
      return okAnswer('hello');
    });
    const client = await pair.connect();
    const answer = await client.send(GET).reads('hello');
    expect(answer).toContain('HTTP/1.1 200 OK\r\n');
    expect(answer).toContain(`x-selvage-peer: ${accountId('web')}\r\n`);
    expect(seen).toStartWith('GET /a?b HTTP/1.1\r\nhost: web\r\n');
    expect(seen).toContain(`x-selvage-peer: ${accountId('client')}\r\n`);
    await pair.settled();
  });

  test('uses one connection for many, and one between the sidecars', async () => {
    await serve((head) => okAnswer(head.split(' ')[1] ?? ''));
    const client = await pair.connect();
    for (let count = 0; count < 20; count++) {
      await client.send(`GET /n${count} HTTP/1.1\r\nHost: web\r\n\r\n`).reads(`/n${count}`);
    }
    expect(application.connections.length).toBe(1);
    expect(pair.callee.plane.census().clients).toBe(1);
    expect(pair.caller.plane.census().pooled).toBe(1);
  });
});
