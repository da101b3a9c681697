import { type NodeName, nodeSpiffeId } from '../core/index.ts';
import { createCsr, generatePrivateKey, privateKeyToPem } from '../crypto/index.ts';
import { encodeOffer, offerOf, type TrustStore } from '../governance/index.ts';
import {
  type Authority,
  identityErrors,
  type RedeemRefusal,
  type TokenBook,
} from '../identity/index.ts';
import type { ChannelListener, Clock, EpochMs, Log, Meter, Timer } from '../ports/index.ts';
import type { RecordStore } from '../replication/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import type { NodeIdentity } from './data-directory.ts';
import { NodeError } from './errors.ts';
import type { JoinAnswer } from './join-conversation.ts';
import { type Joiner, listenForJoiners } from './join-server.ts';
import { type KnownPeer, MAX_KNOWN_PEERS } from './known-peers.ts';

/** Life of the certificate that joiners see, milliseconds; renewed at half of it. */
const DESK_SVID_LIFE_MS = 24 * 3_600_000;

export interface JoinDeskParts {
  readonly host: string;
  readonly port: number;
  readonly identity: NodeIdentity;
  readonly role: AuthorityRole;
  readonly trust: TrustStore;
  readonly tokens: TokenBook;
  readonly records: RecordStore;
  /** This node and those that it knows: whom a joiner dials first. */
  readonly members: () => readonly KnownPeer[];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Takes in new nodes while this node is an authority. */
export class JoinDesk {
  readonly #parts: JoinDeskParts;
  #listener: ChannelListener | undefined;
  /** Whose certificate joiners see. */
  #opened: Authority | undefined;
  #renewal: Timer | undefined;
  #isClosed = false;

  constructor(parts: JoinDeskParts) {
    this.#parts = parts;
  }

  /** Where it listens now; undefined while this node is no authority. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  /**
   * Opens or shuts the port, as the node's role now asks.
   *
   * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  async follow(): Promise<void> {
    const authority = this.#parts.role.nodeAuthority();
    if (authority === undefined) this.#shut();
    else if (this.#listener === undefined || authority !== this.#opened)
      await this.#open(authority);
  }

  close(): void {
    this.#isClosed = true;
    this.#shut();
  }

  #shut(): void {
    this.#renewal?.cancel();
    this.#listener?.stop();
    this.#listener = undefined;
  }

  async #open(authority: Authority): Promise<void> {
    const { clock, log, role } = this.#parts;
    const svid = await this.#svid(authority);
    if (this.#isClosed || role.nodeAuthority() !== authority) return; // changed while it was signed
    const port = this.#listener?.port ?? this.#parts.port;
    this.#shut();
    this.#opened = authority;
    this.#renewal = clock.after(DESK_SVID_LIFE_MS / 2, () => this.#reopen(authority));
    this.#listener = listenForJoiners({
      ...this.#parts,
      port,
      svid,
      certificatePem: authority.certificatePem,
      admit: (joiner) => this.#admit(joiner),
    });
    log.info('join port open', { port: this.#listener.port });
  }

  /** With a fresh certificate; one that could not be had is asked for again at the next turn. */
  #reopen(authority: Authority): void {
    const { log } = this.#parts;
    this.#open(authority).catch((error: unknown) => log.error('join port not renewed', { error }));
  }

  async #svid(authority: Authority) {
    const { trustDomain, node } = this.#parts.identity;
    const expected = nodeSpiffeId(trustDomain, node);
    const key = generatePrivateKey('p256');
    const csrDer = createCsr(key, expected);
    const earliestMs = this.#parts.role.bundle().revocations.earliestForNode(node);
    const issued = await authority.issue({
      ...{ csrDer, expected, node, earliestMs, lifeMs: DESK_SVID_LIFE_MS },
    });
    if (!issued.ok) throw new NodeError('NOT_AN_AUTHORITY', issued.error.detail);
    return {
      certificateChainPem: issued.value.chainPem.join(''),
      privateKeyPem: privateKeyToPem(key),
    };
  }

  /** Nothing is spent before all has been asked: who is refused may try again with the same token. */
  #admit({ secret, node, nodeKey }: Joiner): JoinAnswer {
    const { tokens, trust, members, clock, role, identity } = this.#parts;
    const issuer = role.issuer(nodeSpiffeId(identity.trustDomain, node));
    if (!issuer.ok) return issuesNothing(issuer.error);
    const joiner = { node, publicKey: nodeKey };
    const usable = tokens.check(secret, joiner);
    if (!usable.ok) return tokenRefused(usable.error);
    const { nodeName, usedBy } = usable.value;
    const comesAgain = usedBy !== undefined; // by its name and key, or the token would be refused
    const earliestMs = this.#parts.role.bundle().revocations.earliestForNode(node);
    if (earliestMs > 0 && comesAgain) return nodeRevoked(node);
    if (this.#isTaken(node) && nodeName !== node && !comesAgain) return nameTaken(node);
    const redeemed = tokens.redeem(secret, joiner);
    if (!redeemed.ok) return tokenRefused(redeemed.error);
    const { credential } = issuer.value.issueCredential({
      node,
      publicKey: nodeKey,
      epoch: this.#nextEpoch(node, clock.now()),
      earliestMs,
      lifeMs: trust.current().settings.credentialLifeMs,
    });
    return {
      kind: 'joined',
      credential: base64(credential),
      trust: base64(encodeOffer(offerOf(trust.files()))),
      peers: members().slice(0, MAX_KNOWN_PEERS),
    };
  }

  /** Is the name a member's, or an authority's that has not been heard of for long? */
  #isTaken(node: NodeName): boolean {
    const { records, trust } = this.#parts;
    const isAuthority = trust.current().authorities.some((authority) => authority.node === node);
    return isAuthority || records.epochOf(node) !== undefined;
  }

  /**
   * Above every earlier key of that name. Epochs follow the clock, in seconds, so that this holds
   * when all records of the earlier key have expired as well.
   */
  #nextEpoch(node: NodeName, now: EpochMs): number {
    const known = this.#parts.records.epochOf(node) ?? 0;
    return Math.max(known + 1, Math.floor(now / 1_000));
  }
}

const tokenRefused = ({ code, message }: RedeemRefusal): JoinAnswer => ({
  kind: 'refused',
  code,
  message,
  remedy: identityErrors[code].remedy,
});

const issuesNothing = (message: string): JoinAnswer => ({
  kind: 'refused',
  code: 'JOIN_REFUSED',
  message: `the authority issues nothing now: ${message}`,
  remedy: 'Set the clock of the authority’s host, or join at another authority.',
});

const nameTaken = (node: string): JoinAnswer => ({
  kind: 'refused',
  code: 'NODE_NAME_TAKEN',
  message: `the mesh has a node ${node} already`,
  remedy: `Join under another name (--name). To give ${node} a new key, use a token made for it: selvage token create --name ${node}`,
});

/** It has had this token's credential, which was taken from it. */
const nodeRevoked = (node: string): JoinAnswer => ({
  kind: 'refused',
  code: 'JOIN_REFUSED',
  message: `${node} was revoked, and this token was used by it before`,
  remedy: `Let it join with a new token, if its host is sound again: selvage token create --name ${node}`,
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
