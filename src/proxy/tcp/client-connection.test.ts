import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { EARLY_BYTES } from '../limits.ts';
import { ClientStage } from '../testing/client-stage.ts';
import { answerHead, type HeardRequest } from '../testing/heard-request.ts';
import { TcpClientConnection } from './client-connection.ts';

let stage: ClientStage;

function start(then?: (request: HeardRequest) => void, early?: Buffer): void {
  stage = new ClientStage(
    (runtime, socket, accept) => new TcpClientConnection(runtime, socket, accept).start(early),
    then,
  );
}

const grant = (heard: HeardRequest) => heard.client.answer(answerHead(200), [], false);

afterEach(() => stage.stop());

describe('a TCP connection of an application', () => {
  test('is announced at once, and what it says goes on before it is answered', async () => {
    start();
    const client = await stage.connect();
    client.send('hello');
    const heard = await stage.request();
    expect(heard.head).toMatchObject({ method: 'CONNECT', target: '', path: '', fields: [] });
    expect(heard.content).toBe(''); // whoever accepts is not interrupted
    await eventually('it comes', () => heard.content === 'hello');
    grant(heard);
    heard.send('answer');
    await client.reads('answer');
  });

  test('brings what was read of it already first', async () => {
    start(grant, Buffer.from('early '));
    const client = await stage.connect();
    client.send('late');
    const heard = await stage.request();
    await eventually('all comes', () => heard.content === 'early late');
  });

  test('ends each way on its own', async () => {
    start(grant);
    const client = await stage.connect();
    client.send('question').shutdown();
    const heard = await stage.request();
    await eventually('its end', () => heard.ended);
    heard.send('answer');
    heard.send('', true);
    expect(await client.finish()).toBe('answer');
    await stage.clients(0);
    expect(heard.gone).toBe(false);
  });

  test('may be ended by the service first', async () => {
    start(grant);
    const client = await stage.connect();
    const heard = await stage.request();
    heard.send('bye', true);
    expect(await client.finish()).toBe('bye');
    client.send('still here').shutdown();
    await eventually('its end', () => heard.ended);
    expect(heard.content).toBe('still here');
    await stage.clients(0);
    expect(heard.gone).toBe(false);
  });

  test('that is reset is told as gone, before its answer or after', async () => {
    for (const then of [undefined, grant]) {
      start(then);
      const client = await stage.connect();
      const heard = await stage.request();
      client.reset();
      await eventually('it is told', () => heard.gone);
      if (then === undefined) await stage.stop();
    }
  });

  test('is reset when it is refused or broken off', async () => {
    const refuse = (heard: HeardRequest) => {
      heard.client.answer(answerHead(503), [], false);
      expect(heard.send('nobody reads this', true)).toBe(true);
    };
    for (const then of [refuse, ({ client }: HeardRequest) => client.breakOff()]) {
      start(then);
      const client = await stage.connect();
      await eventually('the reset', () => client.closed);
      expect(client.error).toContain('reset');
      expect(client.text).toBe('');
      expect(stage.requests[0]?.gone).toBe(false);
      if (then === refuse) await stage.stop();
    }
  });

  test('wants nothing more of an answer that refuses it', async () => {
    start();
    const client = await stage.connect();
    const heard = await stage.request();
    heard.client.answer(answerHead(403), [], false);
    expect(heard.gone).toBe(true);
    await eventually('the reset', () => client.closed);
  });

  test('is not read while its server can take no more', async () => {
    start(grant);
    const client = await stage.connect();
    const heard = await stage.request();
    client.send('one');
    await eventually('it comes', () => heard.content === 'one');
    heard.client.hold();
    client.send('two');
    const other = await stage.connect();
    other.send('x');
    await eventually('something later', () => stage.requests[1]?.content === 'x');
    expect(heard.content).toBe('one');
    heard.client.release();
    await eventually('the rest', () => heard.content === 'onetwo');
  });

  test('that sends much while it is held is not cut and loses nothing', async () => {
    start(({ client }) => client.hold());
    const total = 16 * EARLY_BYTES; // far more than the kernel holds
    let left = total;
    const fill = (socket: Bun.Socket<unknown>): void => {
      for (let taken = 1; left > 0 && taken > 0; left -= Math.max(0, taken)) {
        taken = socket.write(Buffer.alloc(Math.min(left, 100_000)));
      }
    };
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: stage.port,
      socket: { data: () => undefined, open: fill, drain: fill, error: () => undefined },
    });
    const heard = await stage.request();
    let before = total;
    await eventually('the writer stands still', () => {
      const still = left === before;
      before = left;
      return still;
    });
    expect(left).toBeGreaterThan(0);
    expect(heard.content).toBe('');
    heard.client.release();
    await eventually('all comes', () => heard.content.length === total);
    socket.terminate();
  });

  test(`brings at most ${EARLY_BYTES} bytes before it is opened`, async () => {
    start(undefined, Buffer.alloc(EARLY_BYTES + 1));
    const client = await stage.connect();
    await eventually('it is cut', () => client.closed);
  });
});
