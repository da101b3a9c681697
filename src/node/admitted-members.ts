import { err, Lru, type NodeName, parseNodeName, type Result } from '../core/index.ts';
import type { TrustBundle } from '../crypto/index.ts';
import {
  type MembershipCredential,
  readShownCredentials,
  verifyCredential,
} from '../identity/index.ts';
import type { Admission, AdmissionVerdict, Clock, Gossip, Log, Peer } from '../ports/index.ts';
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

/** Why not, and what it is told of it. */
type Refusal = Omit<Extract<AdmissionVerdict, { admitted: false }>, 'admitted'>;

/**
 * Who may be a peer: whoever shows a credential for its key that an authority in force signed, unless a
 * newer key has taken its name. What was shown is remembered, so that a peer can be judged again while
 * it is connected.
 */
export class AdmittedMembers {
  readonly #parts: AdmittedMembersParts;
  readonly #shown = new Lru<string, Uint8Array>(MAX_REMEMBERED);

  constructor(parts: AdmittedMembersParts) {
    this.#parts = parts;
  }

  readonly admit: Admission['admit'] = (publicKey, credential): AdmissionVerdict => {
    const judged = this.#judge(publicKey, credential);
    if (!judged.ok) return { admitted: false, ...judged.error };
    this.#shown.set(keyOf(publicKey), credential.slice());
    return { admitted: true, name: judged.value.node };
  };

  /**
   * The membership of a connected peer by what is in force now, or why it has none any more: by what it showed, or by
   * what it has renewed that with since.
   */
  membershipOf({ name, publicKey }: Peer): Result<MembershipCredential, string> {
    const shown = this.#shown.get(keyOf(publicKey));
    if (shown === undefined) return err('what it showed is no longer known');
    const judged = this.#judge(publicKey, shown);
    if (judged.ok) return judged;
    const renewed = this.#speaksUnder(name);
    const again = renewed === undefined ? judged : this.#judge(publicKey, renewed);
    if (renewed === undefined || !again.ok) return err(judged.error.reason);
    this.#shown.set(keyOf(publicKey), renewed);
    return again;
  }

  /**
   * Ends the connections to peers that are no longer members: call it when other rules came into
   * force, and now and then, because credentials end. One that has a newer credential comes back.
   */
  dismiss(gossip: Gossip): void {
    const { log } = this.#parts;
    for (const peer of gossip.peers()) {
      const membership = this.membershipOf(peer);
      if (membership.ok) continue;
      log.warn('peer is no longer a member', { peer: peer.name, reason: membership.error });
      gossip.disconnect(peer.id).catch((error: unknown) => {
        log.error('peer not disconnected', { peer: peer.name, error });
      });
    }
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
    if (!judged.ok) return err({ reason: `${judged.error.reason}: ${judged.error.detail}` });
    const { node, epoch } = judged.value;
    if ((epochOf(node) ?? epoch) <= epoch) return judged;
    const proof = recordOf(node);
    const reason = `superseded: ${node} has a newer key`;
    return err(proof === undefined ? { reason } : { reason, proof });
  }
}

const keyOf = (publicKey: Uint8Array): string => Buffer.from(publicKey).toString('hex');
