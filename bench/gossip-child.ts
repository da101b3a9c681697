// What gossip costs on the wire, between two hosts in this process: prints a JSON object of bytes by case. To be run in a
// network namespace of its own, whose loopback interface carries nothing else.
import { readFileSync } from 'node:fs';
import { realClock, realRandom, startGossip } from '../src/platform/index.ts';
import type { Gossip } from '../src/ports/index.ts';
import { recordingLog, recordingMeter } from '../src/ports/testing/index.ts';

const ROUNDS = 20;
const SETTLED_MS = 3_000;
/** Longer than the period at which peers are pinged. */
const IDLE_MS = 125_000;
/** Between two of the same: what one of them leaves behind is sent before the next. */
const PAUSE_MS = 100;
/** Of the loopback interface's frames, which are counted with it. */
const ETHERNET_HEADER_BYTES = 14;
/** As large as a membership credential. */
const CREDENTIAL = new Uint8Array(300);

const TOPIC = 'selvage/records/1';
const PROTOCOL = '/selvage/records/3';

async function start(name: string, fill: number): Promise<Gossip> {
  const gossip = await startGossip({
    seed: new Uint8Array(32).fill(fill),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: { credential: () => CREDENTIAL, admit: () => ({ admitted: true, name }) },
    clock: realClock,
    log: recordingLog(),
    meter: recordingMeter(),
  });
  gossip.subscribe(TOPIC, () => 'accept');
  gossip.serve(PROTOCOL, async (request) => request);
  return gossip;
}

/** Sent over the loopback interface so far, from the IP header on. */
function sentBytes(): number {
  const line = readFileSync('/proc/self/net/dev', 'utf8').match(/lo:(.*)/)?.[1] ?? '';
  const counts = line.trim().split(/\s+/).map(Number);
  return (counts[8] ?? 0) - ETHERNET_HEADER_BYTES * (counts[9] ?? 0);
}

/** Bytes while `run` ran and for a while afterwards. */
async function bytesOf(run: () => Promise<unknown>, afterwardsMs: number): Promise<number> {
  const before = sentBytes();
  await run();
  await Bun.sleep(afterwardsMs);
  return sentBytes() - before;
}

async function median(run: () => Promise<unknown>): Promise<number> {
  const each: number[] = [];
  for (let i = 0; i < ROUNDS; i++) each.push(await bytesOf(run, PAUSE_MS));
  return each.toSorted((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN;
}

const [a, b] = [await start('n1', 1), await start('n2', 2)];
const connection = await bytesOf(() => b.dial(a.self, a.addresses()), SETTLED_MS);
const idle = await bytesOf(() => Promise.resolve(), IDLE_MS);
const ask = () => b.request(a.self, PROTOCOL, new Uint8Array(60), { timeoutMs: 5_000 });
const exchange = (await median(ask)) - 2 * 60;
const message = (await median(() => b.publish(TOPIC, realRandom.bytes(100)))) - 100;
console.log(
  JSON.stringify({ connection, idlePerSecond: idle / (IDLE_MS / 1_000), exchange, message }),
);
process.exit();
