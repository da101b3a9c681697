import { err, Lru, type NodeName, parseNodeName, type Result } from '../core/index.ts';
import type { TrustBundle } from '../crypto/index.ts';
import {
  type MembershipCredential,
  readShownCredentials,
  verifyCredential,
} from '../identity/index.ts';
import type {
  Admission,
  AdmissionVerdict,
  Clock,
  Gossip,
  Log,
  Peer,
  PeerId,
} from '../ports/index.ts';
import { readClaim } from '../replication/index.ts';

/** Peers whose credentials are remembered: far above the connections that a node keeps. */
const MAX_REMEMBERED = 1_024;

export interface AdmittedMembersParts {
  readonly bundle: () => TrustBundle;
  /** The highest epoch under which a member speaks, as far as its records say. */
  readonly epochOf: (node: NodeName) => number | undefined;
  /** The record of whoever has a name now: proof for who had it before, and what its writer is a member by. */
  readonly recordOf: (node: NodeName) => Uint8Array | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * How long a peer that was revoked stays connected, and may have nothing of a member's: so that it hears by the trust
 * repository why, and ends by itself. Milliseconds.
 */
const FAREWELL_MS = 2_000;

/** Why not, and what it is told of it. */
interface Refusal extends Omit<Extract<AdmissionVerdict, { admitted: false }>, 'admitted'> {
  readonly isRevoked?: true;
}

/**
 * Who may be a peer: whoever shows a credential for its key that an authority in force signed, unless a
 * newer key has taken its name. What was shown is remembered, so that a peer can be judged again while
 * it is connected.
 */
export class AdmittedMembers {
  readonly #parts: AdmittedMembersParts;
  readonly #shown = new Lru<string, Uint8Array>(MAX_REMEMBERED);
  /** Peers that are about to be disconnected. */
  readonly #leaving = new Set<PeerId>();

  constructor(parts: AdmittedMembersParts) {
    this.#parts = parts;
  }

  readonly admit: Admission['admit'] = (publicKey, credential): AdmissionVerdict => {
    const judged = this.#judge(publicKey, credential);
    if (!judged.ok) {
      const { isRevoked: _, ...refusal } = judged.error;
      return { admitted: false, ...refusal };
    }
    this.#shown.set(keyOf(publicKey), credential.slice());
    return { admitted: true, name: judged.value.node };
  };

  /**
   * The membership of a connected peer by what is in force now, or why it has none any more: by what it showed, or by
   * what it has renewed that with since.
   */
  membershipOf(peer: Peer): Result<MembershipCredential, string> {
    const judged = this.#standing(peer);
    return judged.ok ? judged : err(judged.error.reason);
  }

  /**
   * Ends the connections to peers that are no longer members: call it when other rules came into
   * force, and now and then, because credentials end. One that has a newer credential comes back.
   */
  dismiss(gossip: Gossip): void {
    const { log, clock } = this.#parts;
    for (const peer of gossip.peers()) {
      const judged = this.#standing(peer);
      if (judged.ok || this.#leaving.has(peer.id)) continue;
      const { isRevoked, reason } = judged.error;
      log.warn('peer is no longer a member', { peer: peer.name, reason });
      if (isRevoked !== true) {
        this.#disconnect(gossip, peer);
        continue;
      }
      this.#leaving.add(peer.id);
      clock.after(FAREWELL_MS, () => {
        this.#leaving.delete(peer.id);
        if (!this.#standing(peer).ok) this.#disconnect(gossip, peer); // it may have joined anew
      });
    }
  }

  #disconnect(gossip: Gossip, { id, name }: Peer): void {
    gossip.disconnect(id).catch((error: unknown) => {
      this.#parts.log.error('peer not disconnected', { peer: name, error });
    });
  }

  #standing({ name, publicKey }: Peer): Result<MembershipCredential, Refusal> {
    const shown = this.#shown.get(keyOf(publicKey));
    if (shown === undefined) return err({ reason: 'what it showed is no longer known' });
    const judged = this.#judge(publicKey, shown);
    if (judged.ok) return judged;
    const renewed = this.#speaksUnder(name);
    const again = renewed === undefined ? judged : this.#judge(publicKey, renewed);
    if (renewed === undefined || !again.ok) return judged;
    this.#shown.set(keyOf(publicKey), renewed);
    return again;
  }

  /** The credential that a member's own record rests on: it has renewed what it showed while it is connected. */
  #speaksUnder(name: string): Uint8Array | undefined {
    const node = parseNodeName(name);
    const record = node.ok ? this.#parts.recordOf(node.value) : undefined;
    const claim = record === undefined ? undefined : readClaim(record);
    return claim?.ok ? claim.value.envelope.credential : undefined;
  }

  /** Of two that are shown, one that stands is enough. */
  #judge(publicKey: Uint8Array, shown: Uint8Array): Result<MembershipCredential, Refusal> {
    const { bundle, clock, epochOf, recordOf } = this.#parts;
    const [first, ...spares] = readShownCredentials(shown).map((credential) =>
      verifyCredential(credential, publicKey, bundle(), clock.now()),
    );
    const judged = spares.find(({ ok }) => ok && first?.ok === false) ?? first;
    if (judged === undefined) return err({ reason: 'nothing is shown' });
    if (!judged.ok) {
      const { reason, detail } = judged.error;
      return err({
        reason: `${reason}: ${detail}`,
        ...(reason === 'revoked' ? { isRevoked: true } : {}),
      });
    }
    const { node, epoch } = judged.value;
    if ((epochOf(node) ?? epoch) <= epoch) return judged;
    const proof = recordOf(node);
    const reason = `superseded: ${node} has a newer key`;
    return err(proof === undefined ? { reason } : { reason, proof });
  }
}

const keyOf = (publicKey: Uint8Array): string => Buffer.from(publicKey).toString('hex');
