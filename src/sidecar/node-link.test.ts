import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenUnix } from '../platform/index.ts';
import type { Channel, ChannelListener } from '../ports/index.ts';
import { eventually, FakeClock, recordingLog, seededRandom } from '../ports/testing/index.ts';
import {
  encodeMessage,
  MessageStream,
  type NodeMessage,
  type SidecarMessage,
} from '../snapshot/index.ts';
import { NodeLink } from './node-link.ts';

const WELCOME: NodeMessage = {
  type: 'welcome',
  spiffeId: 'spiffe://shop.example/ns/default/sa/web' as never, // well formed, as are the others
  trustDomain: 'shop.example' as never,
  node: 'n1' as never,
  inboundAddress: '127.0.0.31',
};
const HELLO: SidecarMessage = { type: 'withdraw' }; // stands for whatever is said first

let directory: string;
let clock: FakeClock;
let log: ReturnType<typeof recordingLog>;
let received: NodeMessage[];
let misunderstood: string[];
let link: NodeLink;
let listener: ChannelListener | undefined;
let accepted: Channel[];
let heard: SidecarMessage[];
const path = () => join(directory, 'workload.sock');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-link-'));
  clock = new FakeClock();
  log = recordingLog();
  [received, misunderstood, accepted, heard] = [[], [], [], []];
  link = new NodeLink({
    path: path(),
    clock,
    random: seededRandom(1),
    log,
    hello: () => HELLO,
    received(message) {
      received.push(message);
      if (message.type === 'svid') throw new Error('it cannot be used');
    },
    notUnderstood: (reason) => void misunderstood.push(reason),
  });
});
afterEach(() => {
  link.stop();
  listener?.stop();
  listener = undefined;
  rmSync(directory, { recursive: true, force: true });
});

async function startNode(): Promise<void> {
  listener = await listenUnix(path(), 0o600, (channel) => {
    const messages = MessageStream.ofSidecar();
    accepted.push(channel);
    return {
      bytes(bytes) {
        const read = messages.push(bytes);
        if (read.ok) heard.push(...read.value);
      },
      closed: () => undefined,
    };
  });
}

const connections = (count: number) =>
  eventually(`${count} connections with their hello`, () => heard.length === count);

/** Moves time on in small steps until a timer of the link has done what is waited for. */
const inTime = (what: string, condition: () => boolean) =>
  eventually(what, () => {
    clock.advance(50);
    return condition();
  });

test('each connection begins with hello', async () => {
  await startNode();
  link.start();
  await connections(1);
  expect(heard).toEqual([HELLO]);
});

test('a node that is not there yet is asked again, and said so once', async () => {
  link.start();
  await inTime('some attempts', () => clock.monotonic() > 10_000);
  expect(log.lines.map(({ message }) => message)).toEqual(['node not reachable, trying again']);
  await startNode();
  await inTime('the connection', () => heard.length === 1);
});

test('a node that went away is found again, with a new hello', async () => {
  await startNode();
  link.start();
  await connections(1);
  accepted[0]?.send(encodeMessage(WELCOME));
  await eventually('the welcome', () => received.length === 1);
  listener?.stop();
  await inTime('the loss', () => log.lines.length === 1);
  expect(log.lines[0]?.message).toBe('node connection lost, going on with the last snapshot');
  link.send({ type: 'endpoint', port: 1, ready: true }); // dropped: it is said again after hello
  await startNode();
  await inTime('the second connection', () => heard.length === 2);
  expect(heard).toEqual([HELLO, HELLO]);
});

test('a node that is back at once is not missed', async () => {
  await startNode();
  link.start();
  await connections(1);
  accepted[0]?.send(encodeMessage(WELCOME));
  await eventually('the welcome', () => received.length === 1);
  accepted[0]?.close();
  await inTime('the second connection', () => heard.length === 2);
  expect(log.lines).toEqual([]);
});

test('once the sidecar ends, a node that goes is neither missed nor sought', async () => {
  await startNode();
  link.start();
  await connections(1);
  accepted[0]?.send(encodeMessage(WELCOME));
  await eventually('the welcome', () => received.length === 1);
  link.ending();
  accepted[0]?.close();
  await inTime('some time', () => clock.monotonic() > 10_000);
  expect([log.lines, accepted.length]).toEqual([[], 1]);
});

test('a node that refuses is asked more and more slowly, without calling it a loss', async () => {
  await startNode();
  link.start();
  const times: number[] = [];
  for (let turn = 1; turn <= 6; turn++) {
    await inTime(`hello ${turn}`, () => heard.length === turn);
    times.push(clock.monotonic());
    accepted.at(-1)?.send(encodeMessage({ type: 'refused', code: 'X', message: 'no', remedy: '' }));
    accepted.at(-1)?.close();
    await eventually(`refusal ${turn}`, () => received.length === turn);
  }
  const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  expect(Math.max(...waits)).toBeGreaterThan(500);
  expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('a node that is not understood is told of, and asked more and more slowly too', async () => {
  await startNode();
  link.start();
  for (let turn = 1; turn <= 5; turn++) {
    await inTime(`hello ${turn}`, () => heard.length === turn);
    accepted.at(-1)?.send(encodeMessage(WELCOME));
    accepted.at(-1)?.send(encodeMessage({ type: 'from-the-future' } as never));
    await eventually(`the ${turn}th time`, () => misunderstood.length === turn);
  }
  expect(misunderstood[0]).toContain('"from-the-future" is not understood');
  expect(clock.monotonic()).toBeGreaterThan(700); // 100, 200, 400, … × 0.5 to 1
});

test('a message that cannot be followed ends neither the connection nor goes unsaid', async () => {
  await startNode();
  link.start();
  await connections(1);
  accepted[0]?.send(encodeMessage({ type: 'svid', chainPem: ['PEM'], expiresAt: 1 }));
  accepted[0]?.send(encodeMessage(WELCOME));
  await eventually('both', () => received.length === 2);
  expect(log.lines).toMatchObject([
    { level: 'error', message: 'a message of the node was not followed', fields: { type: 'svid' } },
  ]);
});

test('after the end it stays ended', async () => {
  await startNode();
  link.start();
  await connections(1);
  link.stop();
  listener?.stop();
  clock.advance(60_000);
  await Promise.resolve();
  expect(accepted).toHaveLength(1);
});
