import { afterEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { eventually } from '../../ports/testing/index.ts';
import { Field } from '../http/field.ts';
import { requestHead } from '../testing/heard-answer.ts';
import { answerHead, HeardRequest } from '../testing/heard-request.ts';
import { NODE } from './hpack/testing/nghttp2.ts';
import { type Conversation, startConversation, startServing } from './testing/index.ts';

/** nghttp2 comes with Node, which the set-up needs anyway. */
const PEER = join(import.meta.dir, 'testing', 'node-peer.mjs');

/** Sends back what comes, as it comes. */
class Echo extends HeardRequest {
  override requestContent(bytes: Buffer, from: number, to: number, ended: boolean): void {
    if (!this.client.send(bytes, from, to, false)) this.client.hold();
    if (ended) this.client.trailers([new Field('x-sum', 'whole')]);
  }

  override clientDrained(): void {
    this.client.release();
  }
}

describe.skipIf(NODE === null)('nghttp2 as a client', () => {
  test('is answered, whatever it sends and however much at once', async () => {
    let left: HeardRequest | undefined;
    const serving = startServing(undefined, {
      begin: (head, client, ended) => {
        if (head.path === '/leave') {
          left = new HeardRequest(head, client, ended);
          return left;
        }
        const echo = new Echo(head, client, ended);
        client.answer(answerHead(200), [], ended);
        return echo;
      },
    });
    const child = Bun.spawn([NODE ?? '', PEER, 'client', String(serving.port)], {
      stderr: 'inherit',
    });
    const told = JSON.parse(await new Response(child.stdout).text());
    const sizes = [0, 1, 1_000, 100_000, 3_000_000];
    expect(told.echoes).toEqual(sizes.map((bytes) => ({ status: 200, bytes, trailers: 'whole' })));
    expect([told.together, told.pinged, told.bad.status]).toEqual([200, true, 400]);
    await serving.settled();
    expect(left?.gone).toBe(true);
    await serving.stop();
  });
});

describe.skipIf(NODE === null)('nghttp2 as a server', () => {
  let caller: Conversation | undefined;
  let child: Bun.Subprocess<'pipe', 'pipe', 'inherit'> | undefined;
  afterEach(async () => {
    await caller?.stop();
    child?.stdin.end();
    await child?.exited;
  });

  async function connect(): Promise<Conversation> {
    child = Bun.spawn([NODE ?? '', PEER, 'server'], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    });
    const { value } = await child.stdout.getReader().read();
    caller = await startConversation(Number(new TextDecoder().decode(value)));
    return caller;
  }

  test('answers requests with content and trailers, many at once', async () => {
    const { open } = await connect();
    const text = 'some content. '.repeat(20_000);
    const answers = Array.from({ length: 50 }, (_, index) =>
      open(requestHead('POST', `/${index}`)),
    );
    for (const answer of answers) {
      answer.ask(false);
      answer.send(text, true);
    }
    await eventually('all', () => answers.every(({ ended }) => ended));
    expect(answers.every(({ content }) => content === text)).toBe(true);
    expect(answers[7]?.trailers).toEqual(['x-sum: whole']);
    expect(answers[7]?.head?.fields.map(({ line }) => line)).toContain('x-path: /7\r\n');
  });

  test('opens connections of other protocols', async () => {
    const { open, client } = await connect();
    await eventually('SETTINGS', () => client.acceptsUpgrades);
    const socket = open(requestHead('GET', '/chat', [], 'websocket')).ask(false);
    socket.send('ping');
    await eventually('the echo', () => socket.content === 'ping');
    expect(socket.head?.status).toBe(101);
    socket.send('', true);
    await eventually('the end', () => socket.ended);
  });

  test('refuses a stream, and goes away', async () => {
    const { open, client } = await connect();
    const refused = open(requestHead('GET', '/refuse')).ask();
    await eventually('the refusal', () => refused.loss !== undefined);
    expect(refused.loss).toBe('unprocessed');
    open(requestHead('GET', '/away')).ask();
    await eventually('GOAWAY', () => !client.acceptsStreams);
  });
});
