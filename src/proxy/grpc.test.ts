import { afterEach, describe, expect, test } from 'bun:test';
import type { DecisionRequest } from '../policy/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { Field } from './http/field.ts';
import {
  type Conversation,
  type Serving,
  startConversation,
  startServing,
} from './http2/testing/index.ts';
import { type HeardAnswer, requestHead } from './testing/heard-answer.ts';
import { answerHead } from './testing/heard-request.ts';
import { type Pair, startPair } from './testing/index.ts';

const LIST = '/shop.Stock/List';
const RESERVE = '/shop.Stock/Reserve';
const MESSAGE = '\u0000\u0000\u0000\u0000\u0002hi';

let application: Serving;
let pair: Pair;
let client: Conversation;

/** A service that answers each call with its message and `grpc-status: 0`. */
async function serve(mayEnter?: (request: DecisionRequest) => boolean): Promise<void> {
  application = startServing(async (call) => {
    await eventually('the whole request', () => call.ended);
    call.client.answer(answerHead(200, { 'content-type': 'application/grpc' }), [], false);
    call.send(MESSAGE);
    call.client.trailers([new Field('grpc-status', '0')]);
  });
  pair = await startPair(application, {
    service: { protocol: 'grpc' },
    ...(mayEnter === undefined ? {} : { mayEnter }),
  });
  client = await startConversation(pair.port);
}

afterEach(async () => {
  await client.stop();
  await pair.stop();
});

/** Calls a method, or what looks like one. */
async function call(
  path: string,
  method = 'POST',
  type = 'application/grpc',
): Promise<HeardAnswer> {
  const fields = [
    ['content-type', type],
    ['te', 'trailers'],
  ] as const;
  const answer = client.open(requestHead(method, path, fields)).ask(false);
  answer.send(MESSAGE, true);
  await eventually('an answer', () => answer.ended || answer.loss !== undefined);
  return answer;
}

const asked = () => [pair.egress, pair.ingress].map((engine) => engine.asked.at(-1));

describe('a gRPC call', () => {
  test('is answered with its trailers, and judged by service and method at both sides', async () => {
    await serve();
    const answer = await call(LIST);
    expect(answer).toMatchObject({ content: MESSAGE, trailers: ['grpc-status: 0'] });
    expect(application.requests[0]).toMatchObject({ content: MESSAGE, head: { target: LIST } });
    const question = { action: 'grpc', path: LIST, resource: 'default/web' };
    expect(asked()).toMatchObject([question, question]);
  });

  test('that a policy of its service denies reaches no application', async () => {
    await serve((request) => request.action === 'grpc' && request.path === LIST);
    expect((await call(RESERVE)).head?.meshReason).toBe('denied-by-policy');
    expect((await call(LIST)).trailers).toEqual(['grpc-status: 0']);
    expect(application.requests.map(({ head }) => head.target)).toEqual([LIST]);
  });

  test.each([
    ['GET', 'application/grpc'],
    ['POST', 'text/plain'],
    ['HEAD', 'text/html'],
  ])('cannot choose other rules by %s and %s', async (method, type) => {
    await serve();
    await call(RESERVE, method, type);
    expect(asked()).toMatchObject([
      { action: 'grpc', path: RESERVE },
      { action: 'grpc', path: RESERVE },
    ]);
  });
});

describe('a gRPC call that a sidecar answers itself', () => {
  const refusal = (status: string, reason: string) => ({
    head: { status: 200, meshReason: reason },
    ended: true,
    content: '',
    fields: expect.arrayContaining([
      'content-type: application/grpc',
      `grpc-status: ${status}`,
      expect.stringMatching(new RegExp(`^grpc-message: ${reason}: [a-z]`)),
    ]),
  });
  const seen = async (path: string, method?: string, type?: string) => {
    const answer = await call(path, method, type);
    const fields = answer.head?.fields.map(({ line }) => line.trimEnd());
    return Object.assign(answer, { fields });
  };

  test('is told that it is not permitted, by the other sidecar', async () => {
    await serve((request) => request.action === 'grpc' && request.path === LIST);
    expect(await seen(RESERVE)).toMatchObject(refusal('7', 'denied-by-policy'));
  });

  test.each(['application/grpc+proto', 'application/grpc; a=b', 'Application/GRPC'])(
    'is one by its content, %s',
    async (type) => {
      await serve(() => false);
      expect(await seen(LIST, 'POST', type)).toMatchObject(refusal('7', 'denied-by-policy'));
    },
  );

  test.each([
    ['POST', 'application/grpc-web'],
    ['POST', 'application/json'],
    ['GET', 'application/grpc'],
  ])('and no other request: %s with %s', async (method, type) => {
    await serve(() => false);
    const answer = await seen(LIST, method, type);
    expect(answer.head?.status).toBe(403);
    expect(answer.content).toStartWith('denied-by-policy: ');
  });

  test('is told when nobody is there', async () => {
    await serve();
    pair.apply({ protocol: 'grpc', ports: [] });
    expect(await seen(LIST)).toMatchObject(refusal('14', 'no-endpoints'));
  });
});
