import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { HIGH_WATER_BYTES } from '../limits.ts';
import { requestHead } from '../testing/heard-answer.ts';
import { answerHead, type HeardRequest } from '../testing/heard-request.ts';
import {
  type Conversation,
  type Serving,
  startConversation,
  startServing,
} from './testing/index.ts';

let serving: Serving;
let caller: Conversation;

async function start(then?: (request: HeardRequest) => void): Promise<void> {
  serving = startServing(then);
  caller = await startConversation(serving.port);
}

afterEach(async () => {
  await caller.stop();
  await serving.stop();
});

/** The request that came `index`-th. */
async function request(index = 0): Promise<HeardRequest> {
  await eventually('the request', () => serving.requests.length > index);
  const heard = serving.requests[index];
  if (heard === undefined) throw new Error('it is not there');
  return heard;
}

describe('between the two roles', () => {
  test('a request without content gets its answer', async () => {
    await start((heard) => heard.answer(200, 'hello', { 'x-kind': 'greeting' }));
    const answer = caller.open(requestHead('GET', '/a?b=1', [['accept', '*/*']])).ask();
    await eventually('the answer', () => answer.ended);
    expect(answer.content).toBe('hello');
    expect(answer.head).toMatchObject({ status: 200, length: 5 });
    expect(answer.head?.fields.map(({ line }) => line)).toContain('x-kind: greeting\r\n');
    const { head } = await request();
    expect(head).toMatchObject({ method: 'GET', target: '/a?b=1', path: '/a', host: 'web' });
    expect(head.fields.map(({ line }) => line)).toEqual(['accept: */*\r\n']);
    await eventually('no stream', () => caller.client.openStreams === 0);
  });

  test('content and trailers go both ways, in parts', async () => {
    await start();
    const answer = caller.open(requestHead('POST', '/')).ask(false);
    answer.send('one');
    const heard = await request();
    heard.client.answer(answerHead(200), [], false);
    answer.send('two', true);
    heard.send('un');
    await eventually('the request', () => heard.ended);
    heard.client.trailers(answerHead(200, { 'grpc-status': '0' }).fields);
    await eventually('the answer', () => answer.ended);
    expect([heard.content, answer.content]).toEqual(['onetwo', 'un']);
    expect(answer.trailers).toEqual(['grpc-status: 0']);
  });

  test('a thousand requests at once share the connection', async () => {
    await start((heard) => heard.answer(200, heard.head.path));
    const first = caller.open(requestHead('GET', '/first')).ask();
    await eventually('SETTINGS', () => first.ended);
    const answers = Array.from({ length: 1_000 }, (_, index) =>
      caller.open(requestHead('GET', `/${index}`)).ask(),
    );
    await eventually('all answers', () => answers.every(({ ended }) => ended));
    expect(answers.map(({ content }) => content)).toEqual(answers.map((_, index) => `/${index}`));
    expect(caller.client.openStreams).toBe(0);
  });

  test('a large answer arrives whole, and its source is told when there is room', async () => {
    await start();
    const answer = caller.open(requestHead('GET', '/')).ask();
    const heard = await request();
    const part = Buffer.alloc(1024 * 1024, 'large');
    heard.client.answer(answerHead(200), [], false);
    for (let sent = 0; sent < 32; sent++) {
      const drained = heard.drained;
      const more = heard.client.send(part, 0, part.length, sent === 31);
      if (!more) await eventually('room', () => heard.drained > drained);
    }
    await eventually('the end', () => answer.ended);
    expect(answer.content).toBe(part.toString('latin1').repeat(32));
  });

  test('a reader that stands still holds up its own stream, and no more than a window of it', async () => {
    await start();
    const slow = caller.open(requestHead('GET', '/slow')).ask();
    slow.server?.hold();
    const heard = await request();
    heard.client.answer(answerHead(200), [], false);
    const part = Buffer.alloc(HIGH_WATER_BYTES, 'x');
    let sent = part.length;
    while (heard.client.send(part, 0, part.length, false)) sent += part.length;
    await eventually('it stands', () => slow.content.length === 256 * 1024);
    const quick = caller.open(requestHead('GET', '/quick')).ask();
    (await request(1)).answer(200, 'x'.repeat(100_000));
    await eventually('the quick one', () => quick.ended);
    expect(slow.content.length).toBe(256 * 1024);
    slow.server?.release();
    await eventually('room', () => heard.drained === 1);
    heard.client.send(part, 0, 0, true);
    await eventually('all of it', () => slow.ended);
    expect(slow.content.length).toBe(sent);
  });

  test('a client that leaves is noticed at once, and a server that breaks off too', async () => {
    await start();
    const left = caller.open(requestHead('GET', '/')).ask();
    const broken = caller.open(requestHead('GET', '/')).ask();
    const [first, second] = [await request(0), await request(1)];
    left.server?.cancel();
    second.client.answer(answerHead(200), [], false);
    second.client.breakOff();
    await eventually('both', () => first.gone && broken.loss !== undefined);
    expect([broken.loss, broken.head?.status, left.loss]).toEqual(['closed', 200, undefined]);
  });
});
