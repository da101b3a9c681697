import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:net';
import {
  answering,
  okAnswer,
  type Pair,
  RawClient,
  snapshotOf,
  startApplication,
  startPair,
} from './testing/index.ts';

const HOST = '127.95.0.1'; // of this test's own
const OTHER = '127.95.0.2';
const PORT = 8_099;

let pair: Pair;
beforeEach(async () => {
  const application = startApplication({ received: answering(okAnswer('hello')) });
  pair = await startPair(application);
});
afterEach(() => pair.stop());

/** Gives the caller's data plane a snapshot in which its service is at `virtual`. */
function name(virtual?: { readonly address: string; readonly port: number }): void {
  const place = virtual === undefined ? {} : { virtual };
  const snapshot = snapshotOf([pair.authority], { ports: [pair.inboundPort], ...place });
  pair.caller.plane.apply({ snapshot, engine: pair.egress });
}

async function answerAt(host: string): Promise<string> {
  const client = await RawClient.connect(PORT, host);
  client.send('GET / HTTP/1.1\r\nHost: web.default.mesh\r\n\r\n');
  const answer = await client.reads('hello');
  client.reset();
  return answer.slice(0, 'HTTP/1.1 200'.length);
}

const unreachable = (host: string) => expect(RawClient.connect(PORT, host)).rejects.toThrow();

test('a service that has an address is reached there, and no longer when it has none', async () => {
  await unreachable(HOST);
  name({ address: HOST, port: PORT });
  name({ address: HOST, port: PORT }); // nothing changed
  expect(await answerAt(HOST)).toBe('HTTP/1.1 200');
  name();
  await unreachable(HOST);
  expect(pair.caller.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a service whose address changes is reached at the new one alone', async () => {
  name({ address: HOST, port: PORT });
  name({ address: OTHER, port: PORT });
  expect(await answerAt(OTHER)).toBe('HTTP/1.1 200');
  await unreachable(HOST);
});

test('an address that something else has is said, and taken at the next change after that is gone', async () => {
  const foreign: Server = createServer();
  await new Promise<void>((resolve) => void foreign.listen(PORT, HOST, resolve));
  name({ address: HOST, port: PORT });
  expect(pair.caller.log.lines.at(-1)).toMatchObject({
    level: 'error',
    message: 'a service is not reached by name',
    fields: { service: 'default/web' },
  });
  await new Promise<void>((resolve) => void foreign.close(() => resolve()));
  name({ address: HOST, port: PORT });
  expect(await answerAt(HOST)).toBe('HTTP/1.1 200');
});

test('what drains listens nowhere, whatever the next view says', async () => {
  name({ address: HOST, port: PORT });
  await pair.caller.plane.drain(0);
  name({ address: OTHER, port: PORT });
  await unreachable(HOST);
  await unreachable(OTHER);
});
