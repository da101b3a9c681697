import { expect, test } from 'bun:test';
import type { Stream } from '@libp2p/interface';
import { multiaddrConnectionPair } from '@libp2p/utils';
import { eventually } from '../../ports/testing/index.ts';
import { sparingYamux } from './sparing-yamux.ts';

const HEADER_BYTES = 12;
const WINDOW_UPDATE = 1; // the second byte of a frame

/** A stream from one side to the other, and the window updates that the other has sent since. */
async function openStream() {
  const [here, there] = multiaddrConnectionPair();
  const updates: number[] = [];
  const send = there.send.bind(there);
  there.send = (data) => {
    const bytes = data.subarray();
    if (bytes.length === HEADER_BYTES && bytes[1] === WINDOW_UPDATE) {
      updates.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(8));
    }
    return send(data);
  };
  const factory = sparingYamux();
  const [muxer, remote] = [here, there].map((side) => factory.createStreamMuxer(side));
  if (muxer === undefined || remote === undefined) throw new Error('there are two sides');
  const accepted = new Promise<Stream>((resolve) => {
    remote.addEventListener('stream', ({ detail }) => resolve(detail), { once: true });
  });
  const stream = await muxer.createStream();
  stream.send(new Uint8Array(1));
  const inbound = await accepted;
  let read = 0;
  inbound.addEventListener('message', ({ data }) => {
    read += data.byteLength;
  });
  await eventually('the first byte is there', () => read === 1);
  updates.length = 0;
  return { stream, updates, read: () => read - 1, close: () => muxer.close() };
}

test('small messages are not answered by window updates', async () => {
  const { stream, updates, read, close } = await openStream();
  for (let n = 0; n < 100; n += 1) stream.send(new Uint8Array(200));
  await eventually('all is read', () => read() === 20_000);
  expect(updates).toEqual([]);
  await close();
});

test('what is longer than a window arrives whole', async () => {
  const { stream, updates, read, close } = await openStream();
  const chunk = new Uint8Array(32 * 1_024);
  for (let n = 0; n < 64; n += 1) {
    if (!stream.send(chunk)) await stream.onDrain();
  }
  await eventually('all is read', () => read() === 64 * chunk.length);
  expect(updates.length).toBeGreaterThan(0);
  expect(updates.length).toBeLessThan(20);
  await close();
});

test('a connection that does not answer any more is closed, and one that does is not', async () => {
  const [here, there] = multiaddrConnectionPair();
  const factory = sparingYamux(20, 200);
  const muxer = factory.createStreamMuxer(here);
  factory.createStreamMuxer(there);
  await eventually('it has answered', () => muxer.getRTT() >= 0);
  expect([here.status, muxer.status]).toEqual(['open', 'open']);
  there.send = () => true; // and nothing comes
  await eventually('it is closed', () => here.status !== 'open');
  await eventually('its streams are, too', () => muxer.status !== 'open');
});
