import type { NodeName } from '../../src/core/index.ts';
import { sha256Hex } from '../../src/crypto/index.ts';
import type { PeerId } from '../../src/ports/index.ts';
import type { Writer, WriterCheck, WriterFacts } from '../../src/replication/index.ts';
import { type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { type SimSeals, WORLD_EPOCH, type World } from '../world/index.ts';
import type { MadeUpAuthority } from './made-up-authority.ts';
import type { RecordLedger } from './record-ledger.ts';

const RECORD_CONTEXT = 'selvage/record/v1';
/** Longer than any run: renewal is not what is looked at. */
const CREDENTIAL_LIFE_MS = 30 * 24 * 60 * 60 * 1_000;
const FIRST_EPOCH = 1;

export interface IdentityOffice {
  readonly world: World;
  readonly authority: MadeUpAuthority;
  readonly ledger: RecordLedger;
}

/** A node's name, key and credential. Whoever holds it can sign for that node, and for no other. */
export class Identity {
  readonly name: NodeName;
  readonly publicKey: Uint8Array;
  readonly peerId: PeerId;
  readonly credential: Uint8Array;
  readonly facts: WriterFacts;
  readonly seals: SimSeals;
  readonly writer: Writer;

  constructor(node: NodeIndex, { world, authority, ledger }: IdentityOffice) {
    this.name = nodeNameOf(node);
    this.publicKey = world.random.fork(`key of ${this.name}`).bytes(32);
    this.peerId = peerIdOf(this.publicKey);
    this.seals = world.sealsOf(this.publicKey);
    const expiresAt = WORLD_EPOCH + CREDENTIAL_LIFE_MS;
    this.facts = { node: this.name, epoch: FIRST_EPOCH, expiresAt };
    this.credential = authority.issue(this.name, this.publicKey, FIRST_EPOCH, expiresAt);
    const current = { bytes: this.credential, epoch: FIRST_EPOCH, expiresAt };
    this.writer = {
      node: this.name,
      publicKey: this.publicKey,
      credential: () => current,
      sign: (payload) => {
        ledger.signed(sha256Hex(payload), this.name);
        return this.seals.sign(RECORD_CONTEXT, payload);
      },
    };
  }
}

/** How all nodes check what others sign: whatever key `seals` are for, they tell every member's signatures. */
export const recordCheck = (authority: MadeUpAuthority, seals: SimSeals): WriterCheck => ({
  verifyWriter: (credential, publicKey) => authority.verify(credential, publicKey),
  verifySignature: (publicKey, payload, signature) =>
    seals.verifyApart(RECORD_CONTEXT, publicKey, payload, signature),
});

/** Keys are the same objects wherever they came by the same record, so that what was made of one is known. */
const known = new WeakMap<Uint8Array, PeerId>();

export function peerIdOf(publicKey: Uint8Array): PeerId {
  const before = known.get(publicKey);
  if (before !== undefined) return before;
  const id = `key-${Buffer.from(publicKey).toString('hex')}`;
  known.set(publicKey, id);
  return id;
}
