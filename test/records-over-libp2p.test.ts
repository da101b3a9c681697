import { afterEach, expect, test } from 'bun:test';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeName, ok } from '../src/core/index.ts';
import {
  generatePrivateKey,
  privateKeySeed,
  publicKeyOf,
  rawPublicKey,
} from '../src/crypto/index.ts';
import {
  datagramAddress,
  type KnownMember,
  Membership,
  memberSeals,
  PROFILES,
} from '../src/membership/index.ts';
import { bunDatagrams } from '../src/platform/datagrams.ts';
import { startGossip } from '../src/platform/gossip/index.ts';
import { realClock, realRandom } from '../src/platform/real-time.ts';
import { openStore } from '../src/platform/sqlite-store.ts';
import type { Gossip, Store } from '../src/ports/index.ts';
import { eventually, recordingLog, recordingMeter } from '../src/ports/testing/index.ts';
import {
  RecordStore,
  RecordSync,
  type SignedContent,
  signRecord,
  verifyRecordSignature,
  type Writer,
} from '../src/replication/index.ts';

const HOUR_MS = 3_600_000;

/** A node of records and nothing else: everybody is admitted under the name that it shows. */
class RecordNode {
  readonly name: NodeName;
  readonly #key = generatePrivateKey('ed25519');
  readonly #path = join(mkdtempSync(join(tmpdir(), 'selvage-')), 'state.db');
  #parts: { gossip: Gossip; store: Store; sync: RecordSync; membership: Membership } | undefined;
  records: RecordStore | undefined;

  constructor(name: string) {
    this.name = name as NodeName; // a label
  }

  async start(): Promise<void> {
    const [log, meter, clock, random] = [recordingLog(), recordingMeter(), realClock, realRandom];
    const credential = new TextEncoder().encode(this.name);
    const gossip = await startGossip({
      seed: privateKeySeed(this.#key),
      listen: [this.#address ?? '/ip4/127.0.0.1/tcp/0'],
      admission: {
        credential: () => credential,
        admit: (_, shown) => ({ admitted: true, name: new TextDecoder().decode(shown) }),
      },
      clock,
      log,
      meter,
    });
    this.#address = gossip.addresses()[0];
    const store = openStore(this.#path);
    const records = new RecordStore({
      store,
      clock,
      log,
      meter,
      writer: this.#writer(credential),
      check: {
        verifySignature: verifyRecordSignature,
        verifyWriter: (shown) => {
          const node = new TextDecoder().decode(shown) as NodeName; // of this test's own making
          return ok({ node, epoch: 1, expiresAt: clock.now() + 48 * HOUR_MS });
        },
      },
    });
    const membership = new Membership({
      gossip,
      clock,
      random,
      log,
      meter,
      datagrams: bunDatagrams,
      self: { name: this.name, publicKey: rawPublicKey(publicKeyOf(this.#key)), epoch: 1 },
      listen: { host: '127.0.0.1', port: 0 },
      profile: PROFILES.local,
      starts: records,
      displaced: () => expect.unreachable(),
      seals: memberSeals(this.#key),
    });
    const sync = new RecordSync({ records, gossip, clock, random, log, meter });
    records.onChange(() => membership.learn(membersIn(records)));
    this.#parts = { gossip, store, sync, membership };
    this.records = records;
    membership.start();
    sync.start();
    const known = membersIn(records).filter(({ name }) => name !== this.name);
    membership.learn(known);
    await sync.catchUp(this.name, known.length);
    const addresses = [...gossip.addresses(), datagramAddress(membership.address)];
    records.put('node', 'self', { peerId: gossip.self, addresses });
  }

  #address: string | undefined;

  #writer(credential: Uint8Array): Writer {
    return {
      node: this.name,
      publicKey: rawPublicKey(publicKeyOf(this.#key)),
      sign: (payload) => signRecord(this.#key, payload),
      credential: () => ({
        bytes: credential,
        epoch: 1,
        expiresAt: realClock.now() + 48 * HOUR_MS,
      }),
    };
  }

  async meet(other: RecordNode): Promise<void> {
    const there = other.#parts?.gossip;
    if (there === undefined) throw new Error(`${other.name} does not run`);
    await this.#parts?.gossip.dial(there.self, there.addresses());
  }

  get peers(): number {
    return this.#parts?.gossip.peers().length ?? 0;
  }

  /** What its disk holds now, to be put back later. It must not run. */
  copyDisk(): () => void {
    const copy = `${this.#path}.copy`;
    copyFileSync(this.#path, copy);
    return () => copyFileSync(copy, this.#path);
  }

  async stop(): Promise<void> {
    this.#parts?.sync.stop();
    await this.#parts?.membership.leave();
    await this.#parts?.gossip.stop();
    this.#parts?.store.close();
    this.#parts = undefined;
  }
}

/** What all writers say of a kind. */
const said = (records: RecordStore, kind: string): readonly SignedContent[] =>
  [...records.snapshot().records()].flatMap(({ content }) =>
    content.kind === kind && !content.tombstone ? [content] : [],
  );

const endpointsAt = ({ records }: RecordNode): readonly SignedContent[] =>
  records === undefined ? [] : said(records, 'endpoint');

function membersIn(records: RecordStore): KnownMember[] {
  return said(records, 'node').map(({ writer, value, publicKey, sequence }) => {
    const { peerId, addresses } = value as Pick<KnownMember, 'peerId' | 'addresses'>; // as put above
    return { name: writer, peerId, publicKey, epoch: sequence.epoch, addresses };
  });
}

const nodes: RecordNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

const settled = (wanted: number) =>
  eventually('all nodes hold the same records', () => {
    const states = nodes.map(({ records }) => records?.digest());
    const counts = nodes.map(({ records }) =>
      records === undefined ? 0 : said(records, 'node').length,
    );
    return new Set(states).size === 1 && counts.every((count) => count === wanted);
  });

test('nodes that meet one find all others, and one that comes back is as the others are', async () => {
  for (const name of ['n1', 'n2', 'n3', 'n4']) nodes.push(new RecordNode(name));
  const [n1, n2, n3, n4] = nodes;
  if (n1 === undefined || n2 === undefined || n3 === undefined || n4 === undefined) return;
  for (const node of nodes) await node.start();
  for (const node of [n2, n3, n4]) await node.meet(n1);
  await settled(4);
  await eventually('all are connected with all', () => nodes.every(({ peers }) => peers === 3));

  await n1.stop();
  n2.records?.put('endpoint', 'web', { port: 80 });
  await n1.start();
  await settled(4);
  expect(endpointsAt(n1).map(({ value }) => value)).toEqual([{ port: 80 }]);
  n1.records?.put('endpoint', 'web', { port: 81 });
  await settled(4);
  const [own] = endpointsAt(n4).filter(({ writer }) => writer === n1.name);
  expect(own).toMatchObject({ value: { port: 81 }, sequence: { boot: 2, n: 1 } });
}, 120_000);

test('a node whose disk is an older copy hears what it said since, and is not taken for a liar', async () => {
  for (const name of ['n1', 'n2', 'n3']) nodes.push(new RecordNode(name));
  const [n1, n2, n3] = nodes;
  if (n1 === undefined || n2 === undefined || n3 === undefined) return;
  for (const node of nodes) await node.start();
  for (const node of [n2, n3]) await node.meet(n1);
  await settled(3);
  await n1.stop();
  const restore = n1.copyDisk();
  await n1.start();
  n1.records?.put('endpoint', 'web', { port: 80 });
  await eventually('the others heard of it', () =>
    [n2, n3].every((node) => endpointsAt(node).length === 1),
  );

  await n1.stop();
  restore();
  await n1.start();
  expect(endpointsAt(n1).map(({ value }) => value)).toEqual([{ port: 80 }]);
  n1.records?.put('endpoint', 'web', { port: 82 });
  await eventually('all know the last of it', () =>
    nodes.every((node) => Object(endpointsAt(node)[0]?.value).port === 82),
  );
  for (const { records } of nodes) expect(records?.evidence()).toEqual([]);
}, 120_000);
