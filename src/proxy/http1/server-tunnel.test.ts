import { afterEach, describe, expect, test } from 'bun:test';
import { websocketAccept } from '../../crypto/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import { EARLY_BYTES } from '../limits.ts';
import { type HeardAnswer, requestHead } from '../testing/heard-answer.ts';
import { type AppConnection, answering, okAnswer } from '../testing/index.ts';
import { ServerStage } from '../testing/server-stage.ts';
import { Http1Servers } from './servers.ts';

let stage: ServerStage;

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const withKey = requestHead('GET', '/chat', [['sec-websocket-key', KEY]], 'websocket');
/** Of a client of HTTP/2. */
const withoutKey = requestHead('GET', '/chat', [['sec-websocket-version', '13']], 'websocket');

const keyIn = ({ text }: AppConnection): string =>
  /sec-websocket-key: (.*)\r\n/.exec(text)?.[1] ?? '';
const switching = (accept: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;

/** Accepts each handshake, with the first bytes in the same write. */
function start(accept = (key: string) => websocketAccept(key)): void {
  stage = new ServerStage((runtime, target) => new Http1Servers(runtime, target), {
    received: (connection) => {
      if (connection.text.endsWith('\r\n\r\n')) {
        connection.write(`${switching(accept(keyIn(connection)))}first`);
      }
    },
  });
}

async function open(request = withKey): Promise<HeardAnswer> {
  const heard = (await stage.lease(request)).ask(false);
  await eventually('an outcome', () => heard.head !== undefined || heard.loss !== undefined);
  return heard;
}

afterEach(() => stage.stop());

describe('a WebSocket to the application', () => {
  test('counts what waits for it to open, and then holds that no longer', async () => {
    stage = new ServerStage((runtime, target) => new Http1Servers(runtime, target));
    const heard = (await stage.lease(withKey)).ask(false);
    heard.send('early');
    expect(stage.runtime.census.heldBytes).toBe('early'.length);
    const connection = await stage.atApplication();
    await eventually('it is asked', () => connection.text.endsWith('\r\n\r\n'));
    connection.write(switching(websocketAccept(KEY)));
    await eventually('it arrives', () => connection.text.endsWith('early'));
    expect(stage.runtime.census.heldBytes).toBe(0);
    const left = (await stage.lease(withKey)).ask(false);
    left.send('early');
    left.server?.cancel();
    expect(stage.runtime.census.heldBytes).toBe(0);
  });

  test('carries bytes both ways after 101, and each way ends on its own', async () => {
    start();
    const heard = await open();
    expect(heard).toMatchObject({ head: { status: 101 }, content: 'first', ended: false });
    expect(heard.head?.fields.find(({ name }) => name === 'sec-websocket-accept')?.value).toBe(
      websocketAccept(KEY),
    );
    const connection = await stage.atApplication();
    expect(connection.text).toEndWith('connection: upgrade\r\nupgrade: websocket\r\n\r\n');
    connection.text = '';
    heard.send('hello', true);
    await eventually('it arrives', () => connection.ended);
    expect(connection.text).toBe('hello');
    connection.write('bye');
    connection.shutdown();
    await eventually('its end', () => heard.ended);
    expect(heard.content).toBe('firstbye');
    await eventually('it is gone', () => stage.runtime.census.servers === 0);
    expect(heard.loss).toBeUndefined();
  });

  test('of a client that has no key gets one, and the proof of it stays here', async () => {
    start();
    const heard = await open(withoutKey);
    const connection = await stage.atApplication();
    expect(Buffer.from(keyIn(connection), 'base64').length).toBe(16);
    expect(heard.head?.status).toBe(101);
    expect(heard.head?.fields).toEqual([]);
    heard.server?.cancel();
  });

  test('of a client that has no key is not open without the proof', async () => {
    start(() => websocketAccept(KEY));
    expect(await open(withoutKey)).toMatchObject({ head: undefined, loss: 'malformed' });
  });

  test('is told as lost when the application resets it', async () => {
    start();
    const heard = await open();
    (await stage.atApplication()).reset();
    await eventually('the loss', () => heard.loss === 'closed');
    expect(heard.ended).toBe(false);
  });

  test('gives the application nothing before it is open, then all in order', async () => {
    stage = new ServerStage((runtime, target) => new Http1Servers(runtime, target));
    const heard = (await stage.lease(withKey)).ask(false);
    expect(heard.send('one')).toBe(false);
    expect(heard.send('two')).toBe(false);
    const connection = await stage.atApplication();
    await eventually('the handshake', () => connection.text.endsWith('\r\n\r\n'));
    connection.text = '';
    connection.write(switching(websocketAccept(KEY)));
    await eventually('it is open', () => connection.text === 'onetwo');
    expect(heard.drained).toBe(1);
    heard.server?.cancel();
  });

  test('that the application does not open leaves a connection in order, for another one too', async () => {
    const heads: string[] = [];
    stage = new ServerStage((runtime, target) => new Http1Servers(runtime, target), {
      received: answering((head) => {
        heads.push(head);
        return head.includes('/open') ? switching(websocketAccept(KEY)) : okAnswer('no');
      }),
    });
    const heard = (await stage.lease(withoutKey)).ask(false);
    heard.send('GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n');
    await eventually('an answer', () => heard.ended);
    expect(heard.content).toBe('no');
    expect(stage.runtime.census.pooled).toBe(1);
    const next = (await stage.lease({ ...withKey, target: '/open' })).ask(false);
    await eventually('it is open', () => next.head?.status === 101);
    next.send('x');
    const connection = await stage.atApplication();
    await eventually('it arrives', () => connection.text !== '');
    expect(connection.text).toBe('x');
    expect(heads.join('')).not.toContain('smuggled');
    next.server?.cancel();
  });

  test(`holds at most ${EARLY_BYTES} bytes of a client that does not wait`, async () => {
    stage = new ServerStage((runtime, target) => new Http1Servers(runtime, target));
    const heard = (await stage.lease(withKey)).ask(false);
    const part = 'x'.repeat(100_000);
    let sent = 0;
    while (heard.loss === undefined) {
      heard.send(part);
      sent += part.length;
    }
    expect(sent).toBeLessThan(EARLY_BYTES + 2 * part.length);
    expect(heard.loss).toBe('malformed');
  });
});
