import {
  createAuthorityCertificate,
  generatePrivateKey,
  publicKeyOf,
  rawPublicKey,
} from '../../crypto/index.ts';
import { Authority } from '../../identity/index.ts';
import { realClock, realRandom } from '../../platform/index.ts';
import type { PeerAddress, PeerId } from '../../ports/index.ts';
import { RECORD_TOPIC, SYNC_PROTOCOL } from '../../replication/index.ts';
import type { ForgedAuthority } from './forgery.ts';
import { startOpenGossip } from './open-gossip.ts';
import { silentLog, silentMeter } from './silence.ts';

export interface StrangerAtDoor {
  readonly id: PeerId;
  readonly addresses: readonly PeerAddress[];
}

/** Somebody who speaks the mesh's protocols, but is no member. */
export interface Stranger {
  /** What it got: peers that let it in, records that it heard, answers to its questions. */
  harvest(): { readonly peers: number; readonly records: number; readonly answers: number };
  /** Tries to become a peer of `door`, and to ask it for its records. */
  pester(door: StrangerAtDoor): Promise<void>;
  stop(): Promise<void>;
}

const LIFE_MS = 3_600_000;
const REQUEST_TIMEOUT_MS = 1_000;

/** With a new key, and with what `credentialFor` gives it to show for that (32 bytes, Ed25519). */
export async function startStranger(
  address: string,
  credentialFor: (publicKey: Uint8Array) => Promise<Uint8Array>,
): Promise<Stranger> {
  const key = generatePrivateKey('ed25519');
  const credential = await credentialFor(rawPublicKey(publicKeyOf(key)));
  let records = 0;
  let answers = 0;
  const gossip = await startOpenGossip(key, address, credential);
  gossip.subscribe(RECORD_TOPIC, () => {
    records += 1;
    return 'accept';
  });
  return {
    harvest: () => ({ peers: gossip.peers().length, records, answers }),
    pester: async ({ id, addresses }) => {
      const timeoutMs = REQUEST_TIMEOUT_MS;
      const attempts = await Promise.allSettled([
        gossip.dial(id, addresses),
        gossip.request(id, SYNC_PROTOCOL, new Uint8Array(), { timeoutMs }),
      ]);
      if (attempts[1].status === 'fulfilled') answers += 1;
    },
    stop: () => gossip.stop(),
  };
}

/** A stranger's first idea: no credential at all. */
export const nothingToShow = async (): Promise<Uint8Array> => new Uint8Array();

/** Its second: a credential that says the right things, signed by a CA of its own. */
export async function selfMadeCredential(
  { trustDomain, node }: ForgedAuthority,
  publicKey: Uint8Array,
): Promise<Uint8Array> {
  const key = generatePrivateKey('p256');
  const now = realClock.now();
  const made = { key, trustDomain, node, now, lifeMs: LIFE_MS, random: realRandom };
  const authority = new Authority({
    trustDomain,
    key,
    certificatePem: createAuthorityCertificate(made),
    clock: realClock,
    random: realRandom,
    ledger: { append: () => undefined },
    log: silentLog,
    meter: silentMeter,
  });
  return authority.issueCredential({ node, publicKey, epoch: 1, lifeMs: LIFE_MS }).credential;
}
