import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../ports/testing/index.ts';
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

async function start(app: Application, options: PairOptions = {}): Promise<void> {
  application = app;
  pair = await startPair(app, options);
}

const serve = (answer: string | ((head: string) => string), options: PairOptions = {}) =>
  start(startApplication({ received: answering(answer) }), options);

afterEach(async () => {
  await pair.settled();
  await pair.stop();
});

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: web\r\n${fields}\r\n`;

describe('a request between two sidecars', () => {
  test('is answered, and both ends learn who the other is', async () => {
    let seen = '';
    await serve((head) => {
      seen = head;
      return okAnswer('hello', 'x-selvage-peer: forged\r\nX-Selvage-Reason: forged\r\n');
    });
    const client = await pair.connect();
    const answer = await client.send(get('/a?b')).reads('hello');
    expect(answer).toContain('HTTP/1.1 200 OK\r\n');
    expect(answer).toContain(`x-selvage-peer: ${accountId('web')}\r\n`);
    expect(answer).not.toContain('forged');
    expect(seen).toStartWith('GET /a?b HTTP/1.1\r\nhost: web\r\n');
    expect(seen).toContain(`x-selvage-peer: ${accountId('client')}\r\n`);
  });

  test('is decided on at both sides, with the identities that were proven', async () => {
    await serve(okAnswer('ok'));
    const client = await pair.connect();
    await client.send(get('/x')).reads('ok');
    const expected = {
      principal: accountId('client'),
      resource: 'default/web',
      sourceIp: '127.0.0.1',
      action: 'http',
      method: 'GET',
      path: '/x',
      host: 'web',
      timeMs: expect.any(Number),
      risk: 0,
    } as const;
    const atService = { ...expected, port: application.port };
    const tls = { version: 'TLSv1.3', resumed: false };
    expect(pair.egress.asked).toEqual([expected] as never); // branded strings compare as strings
    expect(pair.ingress.asked).toEqual([{ ...atService, tls }] as never);
  });

  test('shares connections with others, one after another', async () => {
    await serve((head) => okAnswer(head.split(' ')[1] ?? ''));
    const client = await pair.connect();
    for (let count = 0; count < 20; count++)
      await client.send(get(`/n${count}`)).reads(`/n${count}`);
    const other = await pair.connect();
    await other.send(get('/other')).reads('/other');
    expect(application.connections.length).toBe(1);
    expect(pair.callee.plane.census().clients).toBe(1);
    expect(pair.caller.plane.census().pooled).toBe(1);
  });

  test('may follow others at once (pipelining), answered in order', async () => {
    await serve((head) => okAnswer(`[${head.split(' ')[1]}]`));
    const client = await pair.connect();
    client.send([1, 2, 3, 4, 5].map((n) => get(`/${n}`)).join(''));
    const answer = await client.reads('[/5]');
    expect(answer.match(/\[\/\d\]/g)).toEqual(['[/1]', '[/2]', '[/3]', '[/4]', '[/5]']);
  });

  test('may arrive in any parts with others, and each is answered once', async () => {
    await serve((head) => okAnswer(`[${head.split(' ')[1]}]`), {
      mayLeave: (request) => request.action === 'http' && !request.path.startsWith('/no'),
    });
    const client = await pair.connect();
    const long = get(`/no/${'x'.repeat(200)}`);
    const text = `${long}${get('/1')}${long}${get('/2')}`;
    for (const at of [150, long.length - 1, long.length + 20, text.length - 3]) {
      client.text = '';
      client.send(text.slice(0, at));
      await eventually('they are read', () => pair.caller.plane.census().clients === 1);
      await Bun.sleep(2); // a part for itself: there is nothing to see of it from outside
      client.send(text.slice(at));
      const answers = await client.reads('[/2]');
      const order = answers.match(/403 Forbidden|\[\/\d\]/g);
      expect(order).toEqual(['403 Forbidden', '[/1]', '403 Forbidden', '[/2]']);
    }
  });

  test('may arrive byte by byte', async () => {
    await serve(okAnswer('ok'));
    const client = await pair.connect();
    for (const char of get('/slow')) {
      client.send(char);
      await Bun.sleep(0);
    }
    await client.reads('ok');
  });

  test('with Connection: close is the last one', async () => {
    await serve(okAnswer('ok'));
    const client = await pair.connect();
    const answer = await client.send(get('/', 'Connection: close\r\n')).finish();
    expect(answer).toContain('connection: close\r\n');
    expect(answer).toEndWith('ok');
  });

  test('of a client that shuts its side down is still answered', async () => {
    await serve(okAnswer('ok'));
    const client = await pair.connect();
    expect(await client.send(get('/')).shutdown().finish()).toEndWith('ok');
    await eventually('the client is gone', () => pair.caller.plane.census().clients === 0);
  });

  test('that the client breaks off is broken off at the application', async () => {
    await start(startApplication());
    const client = await pair.connect();
    client.send('POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nabc');
    await eventually('it arrives', () => application.connections[0]?.text.endsWith('abc') === true);
    client.shutdown();
    await eventually('it is cut', () => application.connections[0]?.closed === true);
    expect(application.connections[0]?.text).toEndWith('abc');
  });

  test('of an HTTP/1.0 client is answered without chunks, then closed', async () => {
    await serve(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    );
    const client = await pair.connect();
    const answer = await client.send('GET / HTTP/1.0\r\n\r\n').finish();
    expect(answer).toStartWith('HTTP/1.1 200 OK\r\n');
    expect(answer).toEndWith('\r\n\r\nabcde');
    expect(answer).not.toContain('transfer-encoding');
  });

  test('and its answer pass chunks and trailers on', async () => {
    let body = '';
    await start(
      startApplication({
        received: (connection) => {
          body = connection.text.split('\r\n\r\n').slice(1).join('\r\n\r\n');
          if (!body.endsWith('0\r\nx-sum: 1\r\n\r\n')) return;
          connection.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
          connection.write('4\r\ndone\r\n0\r\nX-Trailer: yes\r\n\r\n');
        },
      }),
    );
    const client = await pair.connect();
    client.send('POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    client.send('0\r\nx-sum: 1\r\n\r\n');
    expect(await client.reads('x-trailer')).toEndWith('4\r\ndone\r\n0\r\nx-trailer: yes\r\n\r\n');
    expect(body).toBe('3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n');
  });
});

describe('an answer', () => {
  test('without a length is framed by chunks, so that its end cannot be forged', async () => {
    await start(
      startApplication({
        received: (connection) => {
          connection.write('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nsome text');
          connection.shutdown();
        },
      }),
    );
    const client = await pair.connect();
    const answer = await client.send(get('/')).reads('0\r\n\r\n');
    expect(answer).toContain('HTTP/1.1 200 OK\r\nserver: old\r\n');
    expect(answer).toEndWith('\r\n\r\n9\r\nsome text\r\n0\r\n\r\n');
    client.send(get('/'));
    await eventually('a second answer', () => client.text.split('some text').length === 3);
  });

  test.each(['HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 99'])(
    '%s has no body',
    async (line) => {
      await serve((head) => (head.includes('/next') ? okAnswer('next') : `${line}\r\n\r\n`));
      const client = await pair.connect();
      await client.send(get('/')).reads('\r\n\r\n');
      await client.send(get('/next')).reads('next');
    },
  );

  test.each(['204 No Content', '103 Early Hints'])('%s with a body is bad', async (status) => {
    await serve(`HTTP/1.1 ${status}\r\ncontent-length: 5\r\n\r\nhello`);
    const client = await pair.connect();
    await client.send(get('/')).reads('x-selvage-reason: bad-response');
  });

  test('to HEAD has a length and no body', async () => {
    await serve((head) =>
      head.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n' : okAnswer('next'),
    );
    const client = await pair.connect();
    await client.send('HEAD / HTTP/1.1\r\nHost: web\r\n\r\n').reads('content-length: 5');
    await client.send(get('/')).reads('next');
  });

  test('100 goes on to a client that asked for it, before it sends the body', async () => {
    await start(
      startApplication({
        received: (connection) => {
          if (connection.text.endsWith('\r\n\r\n'))
            connection.write('HTTP/1.1 100 Continue\r\n\r\n');
          if (connection.text.endsWith('hello')) connection.write(okAnswer('thanks'));
        },
      }),
    );
    const client = await pair.connect();
    client.send(
      'POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    );
    await client.reads('HTTP/1.1 100 Continue\r\n\r\n');
    await client.send('hello').reads('thanks');
  });

  test('103 goes on before the final one, to HTTP/1.1 clients only', async () => {
    await serve(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${okAnswer('final')}`);
    const client = await pair.connect();
    expect(await client.send(get('/')).reads('final')).toContain(
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n',
    );
    const old = await pair.connect();
    expect(await old.send('GET / HTTP/1.0\r\nHost: web\r\n\r\n').finish()).not.toContain('103');
  });

  test('before the request ended is passed on, and the connections are not used again', async () => {
    await serve('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    const client = await pair.connect();
    client.send('POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1000\r\n\r\nabc');
    const answer = await client.finish();
    expect(answer).toContain('413 Content Too Large');
    expect(answer).toContain('connection: close\r\n');
    expect(pair.callee.plane.census().pooled).toBe(0); // the tunnel may carry others
  });

  test('that goes on after its end is cut there, and its connection is not used again', async () => {
    await serve(`${okAnswer('one')}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison`);
    const client = await pair.connect();
    await client.send(get('/')).reads('one');
    await client.send(get('/')).reads('one');
    expect(client.text).not.toContain('poison');
    await eventually('two connections', () => application.connections.length === 2);
  });
});

describe('Upgrade: websocket', () => {
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'; // RFC 6455 section 1.3
  const handshake = get('/chat', `Connection: Upgrade\r\nUpgrade: websocket\r\n${key}`);
  const switching =
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

  test('becomes a tunnel after 101, half-close included', async () => {
    await start(
      startApplication({
        received: (connection) => {
          if (connection.text.endsWith('\r\n\r\n')) connection.write(`${switching}first`);
          if (connection.text.endsWith('frame')) connection.write('echo');
        },
        ended: (connection) => {
          connection.write('bye');
          connection.shutdown();
        },
      }),
    );
    const client = await pair.connect();
    const answer = await client.send(handshake).reads('first');
    expect(answer).toContain('HTTP/1.1 101 Switching Protocols\r\n');
    expect(answer.toLowerCase()).toContain('upgrade: websocket\r\n');
    await client.send('frame').reads('echo');
    expect(await client.shutdown().finish()).toEndWith('bye');
    await eventually('all gone', () => pair.caller.plane.census().clients === 0);
  });

  test('carries what the client sent before it had the 101', async () => {
    await start(
      startApplication({
        received: (connection) => {
          if (connection.text.endsWith('\r\n\r\n')) connection.write(switching);
          if (connection.text.endsWith('early')) connection.write('echo');
        },
      }),
    );
    const client = await pair.connect();
    await client.send(`${handshake}early`).reads('echo');
    client.reset();
  });

  test('that is not granted leaves an HTTP connection', async () => {
    const refusal = 'HTTP/1.1 426 Upgrade Required\r\ncontent-length: 2\r\n\r\nno';
    await serve((head) => (head.includes('/chat') ? refusal : okAnswer('still http')));
    const client = await pair.connect();
    await client.send(handshake).reads('426 Upgrade Required');
    await client.reads('no');
    await client.send(get('/next')).reads('still http');
  });

  test('that is answered as if it were another request opens nothing', async () => {
    await serve((head) => okAnswer(head.includes('/chat') ? 'welcome' : 'still http'));
    const client = await pair.connect();
    await client.send(handshake).reads('upgrade-ignored');
    await client.send(get('/next')).reads('still http');
    expect(client.text).not.toContain('welcome');
  });

  test('smuggles nothing: what follows the request waits for 101, and is decided on without it', async () => {
    await serve(okAnswer('ok'), {
      mayEnter: (request) => request.action === 'http' && request.path !== '/admin',
    });
    const client = await pair.connect();
    await client.send(handshake + get('/admin')).reads('403');
  });

  test('denied by policy reaches no application', async () => {
    await serve(okAnswer('ok'), { mayEnter: () => false });
    const client = await pair.connect();
    await client.send(handshake).reads('denied-by-policy');
    expect(application.connections.length).toBe(0);
  });

  test('that nobody asked for is a bad answer', async () => {
    await serve(switching);
    const client = await pair.connect();
    await client.send(get('/')).reads('HTTP/1.1 502 ');
    await client.reads('bad-response');
  });
});
