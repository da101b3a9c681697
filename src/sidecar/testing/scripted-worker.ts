import { appendFileSync } from 'node:fs';
import { parentChannel } from '../../platform/index.ts';
import type { Channel } from '../../ports/index.ts';
import { encodeMessage, MessageStream, type WorkerOrder } from '../../snapshot/index.ts';

/**
 * A worker for tests: `bun scripted-worker.ts FILE CONDUCT`. It writes down each order in FILE, and a mark when an
 * order comes before the last one was answered.
 */
const [file = '', conduct = ''] = process.argv.slice(2);
const messages = MessageStream.ofOrders();
const ANSWER_AFTER_MS = 20;
/** Longer than any report may be. */
const TOO_LONG = new Uint8Array([0x7f, 0, 0, 0, 0, 0, 0, 0]);
/** One thing counted, and one held. */
const METRICS = ['counter', 'gauge'].map((type) => ({
  name: `selvage_${type}`,
  help: 'One',
  type,
  values: [{ value: 1, labels: {} }],
}));
/** One that it made up. */
const DECISION = {
  weight: 3,
  request: {
    principal: 'spiffe://shop.example/ns/shop/sa/web' as never, // a SPIFFE ID
    resource: 'shop/db' as never, // a service key
    sourceIp: '10.0.0.1',
    action: 'connect',
    protocol: 'tcp',
  },
} as const;
let isBusy = false;
let digest = '';
let set = { trustVersion: 0, trustDigest: '' };

const note = (text: string) => appendFileSync(file, `${process.pid} ${text}\n`);

function describe(order: WorkerOrder): string {
  if (order.type === 'policies') return `policies ${order.digest} ${order.part}`;
  if (order.type === 'identity') return `identity ${order.identity.notAfterMs}`;
  if (order.type === 'snapshot') return `snapshot ${order.snapshot.trustVersion}`;
  if (order.type === 'delta') return `delta ${order.delta.head?.trustVersion}`;
  return order.type;
}

/** By the newest policies whose digest does not say that they are odd. */
function enforced() {
  const isOdd = digest.startsWith('odd');
  const { trustVersion, trustDigest } = set;
  return {
    type: 'enforced',
    trustVersion,
    trustDigest,
    ...(isOdd ? { problem: 'odd' } : {}),
  } as const;
}

function answer(channel: Channel, order: WorkerOrder): void {
  isBusy = false;
  if (order.type === 'policies') ({ digest } = order);
  if (order.type === 'snapshot') set = order.snapshot;
  if (order.type === 'delta') set = order.delta.head ?? set;
  if (order.type === 'snapshot' || order.type === 'delta') {
    if (conduct === 'silent') return;
    if (conduct === 'babbling') channel.send(TOO_LONG);
    channel.send(encodeMessage(enforced()));
    channel.send(encodeMessage({ type: 'decisions', decisions: [DECISION] }));
  }
  const failure = { code: 'ADDRESS_IN_USE', message: 'taken', remedy: 'Choose another.' };
  const isRefused = order.type === 'open' && conduct === 'refusing';
  channel.send(encodeMessage({ type: 'done', ...(isRefused ? { failure } : {}) }));
}

await parentChannel((channel) => ({
  bytes(bytes) {
    const orders = messages.push(bytes);
    if (!orders.ok) return note(`not understood: ${orders.error}`);
    for (const order of orders.value) {
      if (order.type === 'metrics-request') {
        channel.send(encodeMessage({ type: 'metrics', metrics: METRICS }));
        continue;
      }
      note(`${isBusy ? 'too early: ' : ''}${describe(order)}`);
      isBusy = true;
      if (conduct === 'dying') process.exit(3);
      setTimeout(() => answer(channel, order), ANSWER_AFTER_MS);
    }
  },
  closed: () => process.exit(0),
}));
