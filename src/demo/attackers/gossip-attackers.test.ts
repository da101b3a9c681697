import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeName, TrustDomain } from '../../core/index.ts';
import { generatePrivateKey, privateKeySeed, TrustBundle } from '../../crypto/index.ts';
import { bundleEntries, createGovernorKey, signerOf, TrustStore } from '../../governance/index.ts';
import { verifyCredential } from '../../identity/index.ts';
import { openDataDirectory } from '../../node/data-directory.ts';
import { initNode } from '../../node/init-node.ts';
import { realClock, startGossip } from '../../platform/index.ts';
import type { Admission, Gossip } from '../../ports/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import { RECORD_TOPIC, SYNC_PROTOCOL } from '../../replication/index.ts';
import { identityOf, keyOf } from '../plan.ts';
import { nothingToShow, selfMadeCredential, startStranger, turnRogue } from './index.ts';
import { silentLog as log, silentMeter as meter } from './silence.ts';

const directory = mkdtempSync(join(tmpdir(), 'gossip-attackers-'));
const dataDir = join(directory, 'n1');
const trustDomain = 'shop.example' as TrustDomain; // checked names, by inspection
const address = '127.0.0.1';
const heard: Uint8Array[] = [];
let door: Gossip;

/** A host that admits those whose credential an authority of the mesh signed, as every node does. */
beforeAll(async () => {
  const signer = signerOf(createGovernorKey());
  const governor = async () => ({ signer, name: 'ada', keep: () => undefined });
  await initNode({ trustDomain, dataDir, governor, log, meter });
  const { store } = openDataDirectory(dataDir);
  const { authorities } = new TrustStore(store).load();
  store.close();
  const bundle = new TrustBundle(trustDomain, bundleEntries(authorities));
  const admission: Admission = {
    credential: () => new Uint8Array([1]),
    admit: (publicKey, credential) => {
      const verdict = verifyCredential(credential, publicKey, bundle, Date.now());
      return verdict.ok
        ? { admitted: true, name: verdict.value.node }
        : { admitted: false, reason: verdict.error.reason };
    },
  };
  const seed = privateKeySeed(generatePrivateKey('ed25519'));
  const listen = [`/ip4/${address}/tcp/0`];
  door = await startGossip({ seed, listen, admission, clock: realClock, log, meter });
  door.serve(SYNC_PROTOCOL, async () => new Uint8Array([1]));
  door.subscribe(RECORD_TOPIC, (message) => {
    heard.push(message);
    return 'accept';
  });
});

afterAll(async () => {
  await door.stop();
  rmSync(directory, { recursive: true });
});

test('a stolen member is let in and heard; strangers are not, and hear nothing', async () => {
  const place = { id: door.self, addresses: door.addresses() };
  const authority = { trustDomain, node: 'n1' as NodeName };
  const strangers = [
    await startStranger(address, nothingToShow),
    await startStranger(address, (publicKey) => selfMadeCredential(authority, publicKey)),
  ];
  const rogue = await turnRogue(dataDir, address);
  try {
    await rogue.meet(place);
    expect(rogue.peers()).toBe(1);
    for (const stranger of strangers) await stranger.pester(place);
    rogue.announce('false', {
      service: keyOf('payments'),
      spiffeId: identityOf('payments'),
      address,
      port: 1,
      ready: true,
      draining: false,
      labels: {},
      weight: 100,
    });
    await eventually('the false record to be heard', () => heard.length > 0);
    for (const stranger of strangers) {
      expect(stranger.harvest()).toEqual({ peers: 0, records: 0, answers: 0 });
    }
    expect(door.peers().map(({ name }) => name)).toEqual(['n1']);
  } finally {
    await rogue.stop();
    for (const stranger of strangers) await stranger.stop();
  }
});
