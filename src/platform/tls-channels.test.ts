import { afterEach, beforeEach, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import {
  createCsr,
  generatePrivateKey,
  issueSvid,
  parseCsr,
  privateKeyToPem,
} from '../crypto/index.ts';
import { HOUR_MS, idOf, newAuthority, random } from '../crypto/testing/index.ts';
import type { ChannelListener } from '../ports/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { connectTls, listenTls } from './index.ts';
import { MAX_HANDSHAKES } from './tls-channels.ts';

const HOST = '127.0.0.31';

let listener: ChannelListener;
let accepted: number;
let strangers: Socket[];
beforeEach(async () => {
  [accepted, strangers] = [0, []];
  const id = idOf('spiffe://shop.example/node/n1');
  const key = generatePrivateKey('p256');
  const csr = parseCsr(createCsr(key, id));
  if (!csr.ok) throw new Error(csr.error.detail);
  const now = Date.now();
  const { issuer } = await newAuthority(HOUR_MS, { now });
  const { publicKey } = csr.value;
  const { pem } = issueSvid({
    issuer,
    publicKey,
    spiffeId: id,
    now,
    lifeMs: HOUR_MS,
    random,
  });
  const certificate = { certificateChainPem: pem, privateKeyPem: privateKeyToPem(key) };
  listener = listenTls(
    { host: HOST, port: 0, ...certificate, handshakeTimeoutMs: 500 },
    (channel) => {
      accepted++;
      return { bytes: (bytes) => channel.send(bytes.slice()), closed: () => undefined };
    },
  );
});
afterEach(() => {
  for (const stranger of strangers) stranger.destroy();
  listener.stop();
});

/** Connects and never begins TLS. */
function stranger() {
  const state = { isOpen: false, isClosed: false };
  const socket = connect(listener.port, HOST);
  socket.on('connect', () => {
    state.isOpen = true;
  });
  socket.on('error', () => undefined); // a reset is an end as well
  socket.on('close', () => {
    state.isClosed = true;
  });
  strangers.push(socket);
  return state;
}

async function echo(): Promise<string> {
  const heard = Promise.withResolvers<string>();
  const { channel } = await connectTls(HOST, listener.port, () => ({
    bytes: (bytes) => heard.resolve(new TextDecoder().decode(bytes)),
    closed: () => heard.reject(new Error('closed')),
  }));
  channel.send(new TextEncoder().encode('hello'));
  const answer = await heard.promise;
  channel.close();
  return answer;
}

test('bytes pass both ways over TLS', async () => {
  expect(await echo()).toBe('hello');
  expect(accepted).toBe(1);
});

test('who does not begin TLS is no channel, and is cut in time', async () => {
  const silent = stranger();
  await eventually('the connection', () => silent.isOpen);
  expect(await echo()).toBe('hello');
  expect(accepted).toBe(1);
  await eventually('its end', () => silent.isClosed);
});

test('no more than so many may be in the handshake at once, and they keep nobody out', async () => {
  const crowd = Array.from({ length: MAX_HANDSHAKES + 20 }, stranger);
  await eventually('20 are cut at once', () => crowd.filter((one) => one.isClosed).length === 20);
  expect(await echo()).toBe('hello');
  await eventually('the others are cut in time', () => crowd.every(({ isClosed }) => isClosed));
  expect(await echo()).toBe('hello');
});
