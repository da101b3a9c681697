import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { HeardAnswer, requestHead } from '../testing/heard-answer.ts';
import type { startApplication } from '../testing/index.ts';
import { ServerStage } from '../testing/server-stage.ts';
import { TcpServers } from './servers.ts';

let stage: ServerStage;

function start(application: Parameters<typeof startApplication>[0] = {}): void {
  stage = new ServerStage((runtime, target) => new TcpServers(runtime, target), application);
}

const connect = async () => (await stage.lease(requestHead('CONNECT', ''))).ask(false);

afterEach(() => stage.stop());

describe('a TCP connection to an application', () => {
  test('answers at once, lets the application speak first, and carries bytes both ways', async () => {
    start({ opened: (connection) => connection.write('220 ready') });
    const heard = await connect();
    expect(heard.head?.status).toBe(200);
    await eventually('it speaks', () => heard.content === '220 ready');
    heard.send('hello');
    const connection = await stage.atApplication();
    await eventually('it arrives', () => connection.text === 'hello');
    heard.server?.cancel();
  });

  test('ends each way on its own', async () => {
    start({
      ended: (connection) => {
        connection.write(`got ${connection.text}`);
        connection.shutdown();
      },
    });
    const heard = await connect();
    heard.send('question', true);
    await eventually('its end', () => heard.ended);
    expect(heard.content).toBe('got question');
    await eventually('it is gone', () => stage.runtime.census.servers === 0);
    expect(heard.loss).toBeUndefined();
  });

  test('that the application resets is lost', async () => {
    start();
    const heard = await connect();
    (await stage.atApplication()).reset();
    await eventually('the loss', () => heard.loss === 'closed');
  });

  test('is reset for the application when it is not wanted any more', async () => {
    start();
    const heard = await connect();
    const connection = await stage.atApplication();
    heard.server?.cancel();
    await eventually('the reset', () => connection.error !== undefined);
    expect(heard.loss).toBeUndefined();
  });

  test('is not read while its client can take no more', async () => {
    start({ opened: (connection) => connection.write('one') });
    const heard = await connect();
    await eventually('it comes', () => heard.content === 'one');
    heard.server?.hold();
    (await stage.atApplication()).write('two');
    const other = await connect();
    await eventually('something later', () => other.content === 'one');
    expect(heard.content).toBe('one');
    heard.server?.release();
    await eventually('the rest', () => heard.content === 'onetwo');
    for (const { server } of [heard, other]) server?.cancel();
  });

  test('to one that does not read says that there is no room, and when there is', async () => {
    start({ opened: (connection) => connection.pause() });
    const heard = await connect();
    const part = 'x'.repeat(100_000);
    let sent = 0;
    while (heard.send(part) === true) sent += 1;
    expect(sent).toBeLessThan(200);
    expect(stage.runtime.census.heldBytes).toBeLessThan(1024 * 1024);
    (await stage.atApplication()).resume();
    await eventually('there is room', () => heard.drained === 1);
    heard.server?.cancel();
  });

  test('that does not come about is a failure, and one that is cancelled is not heard of', async () => {
    start();
    const cancelled = new HeardAnswer();
    stage.servers.lease(cancelled, false);
    cancelled.pending?.cancel();
    stage.application.stop();
    expect((await stage.lease()).failure).toMatchObject({ stage: 'connect', reason: 'refused' });
    expect(cancelled).toMatchObject({ server: undefined, failure: undefined });
  });
});
