import { err, ok } from '../../core/index.ts';
import { publicKeyOf, rawPublicKey, TrustBundle } from '../../crypto/index.ts';
import { bundleEntries, TrustStore } from '../../governance/index.ts';
import { verifyCredential } from '../../identity/index.ts';
import { openDataDirectory, readCredential } from '../../node/index.ts';
import { realClock, realRandom } from '../../platform/index.ts';
import type { EndpointClaim } from '../../registry/index.ts';
import {
  RecordStore,
  RecordSync,
  signRecord,
  verifyRecordSignature,
  type Writer,
  type WriterCheck,
} from '../../replication/index.ts';
import { checkFailed } from '../errors.ts';
import { startOpenGossip } from './open-gossip.ts';
import { silentLog, silentMeter } from './silence.ts';
import type { StrangerAtDoor } from './stranger.ts';

/** A real member, with a real credential, whose node says what it likes. */
export interface Rogue {
  /** How many members take it for one of them. */
  peers(): number;
  meet(door: StrangerAtDoor): Promise<void>;
  /** Announces an endpoint, as if it were a workload of this node. */
  announce(instance: string, claim: EndpointClaim): void;
  stop(): Promise<void>;
}

/**
 * Takes over a node that joined with a token: its key, its credential and its records, without any of
 * the checks that an honest node makes before it speaks.
 */
export async function turnRogue(dataDirectory: string, address: string): Promise<Rogue> {
  const { identity, keys, store } = openDataDirectory(dataDirectory);
  const credential = readCredential(store) ?? checkFailed('the rogue node has no credential');
  const { authorities } = new TrustStore(store).load();
  const bundle = new TrustBundle(identity.trustDomain, bundleEntries(authorities));
  const verifyWriter: WriterCheck['verifyWriter'] = (shown, publicKey, at) => {
    const verified = verifyCredential(shown, publicKey, bundle, at);
    return verified.ok ? ok(verified.value) : err(verified.error.detail);
  };
  const publicKey = rawPublicKey(publicKeyOf(keys.node));
  const own = verifyWriter(credential, publicKey, realClock.now());
  if (!own.ok) return checkFailed(`the rogue node is no member: ${own.error}`);
  const { epoch, expiresAt } = own.value;
  const writer: Writer = {
    node: identity.node,
    publicKey,
    sign: (payload) => signRecord(keys.node, payload),
    credential: () => ({ bytes: credential, epoch, expiresAt }),
  };
  const gossip = await startOpenGossip(keys.node, address, credential);
  const tools = { clock: realClock, log: silentLog, meter: silentMeter };
  const check = { verifyWriter, verifySignature: verifyRecordSignature };
  const records = new RecordStore({ ...tools, store, writer, check });
  const sync = new RecordSync({ ...tools, records, gossip, random: realRandom });
  sync.start();
  return {
    peers: () => gossip.peers().length,
    meet: ({ id, addresses }) => gossip.dial(id, addresses),
    announce: (instance, claim) => records.put('endpoint', instance, claim),
    stop: async () => {
      sync.stop();
      await gossip.stop();
      store.close();
    },
  };
}
