import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { bunDatagrams } from '../src/platform/index.ts';
import { freePort, HelloMesh, until } from './hello-mesh.ts';

/** A service that takes datagrams, as real processes: `selvage run` beside it, two workers on either side. */
setDefaultTimeout(120_000);

const LOOPBACK = '127.0.0.1';
const hello = new HelloMesh();
let hbonePort: number;

beforeAll(async () => {
  await hello.found('datagrams.example');
  const resources = hello.disk.path('rules', 'hello.yaml');
  const text = readFileSync(resources, 'utf8').replace('protocol: http', 'protocol: udp');
  writeFileSync(resources, text);
  await hello.permit('@id("all")\npermit (principal, action == Action::"connect", resource);\n');
  hbonePort = await freePort();
  await startEcho();
  await hello.startClient('--workers', '2');
});
afterAll(() => hello.disk.close());

async function startEcho(): Promise<void> {
  const port = String(await freePort());
  const program = `
    await Bun.udpSocket({ hostname: '${LOOPBACK}', port: ${port}, socket: {
      data: (self, bytes, port, host) => self.send('got ' + bytes, port, host),
    } });`;
  hello.startAsWeb(port, program, '--workers', '2', '--hbone', String(hbonePort));
}

/** A client of its own, and what it has heard. */
function client() {
  const heard: string[] = [];
  const to = { host: LOOPBACK, port: hello.clientPort };
  const socket = bunDatagrams.connect(to, {
    received: (bytes) => void heard.push(Buffer.from(bytes).toString()),
    refused: () => undefined,
  });
  return {
    heard,
    say: (text: string) => socket.send(Buffer.from(text)),
    end: () => socket.close(),
  };
}

test('many clients send datagrams through two workers on each side, and each hears its own answers', async () => {
  const first = client();
  await until('an answer', () => {
    first.say('hello?');
    return first.heard.includes('got hello?');
  });
  const clients = Array.from({ length: 16 }, client);
  for (const [n, { say }] of clients.entries()) for (const part of 'abc') say(`${n}${part}`);
  await until('all answers', () => clients.every(({ heard }) => heard.length === 3));
  for (const [n, { heard }] of clients.entries()) {
    expect(heard).toEqual([...'abc'].map((part) => `got ${n}${part}`));
  }
  for (const { end } of [first, ...clients]) end();
});

test('a peer that speaks HBONE finds the port, by ALPN', async () => {
  const socket = connect({
    host: hello.disk.host(1),
    port: hbonePort,
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false,
  });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  expect(socket.alpnProtocol).toBe('h2');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.resume();
  await closed; // it showed no certificate
});
