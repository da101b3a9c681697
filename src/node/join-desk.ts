import { nodeSpiffeId } from '../core/index.ts';
import {
  createCsr,
  equalInConstantTime,
  generatePrivateKey,
  privateKeyToPem,
} from '../crypto/index.ts';
import { encodeOffer, offerOf, type TrustStore } from '../governance/index.ts';
import type { Authority, TokenBook } from '../identity/index.ts';
import type { KnownMember } from '../membership/index.ts';
import type { ChannelListener } from '../platform/index.ts';
import type { Clock, Log, Meter, Timer } from '../ports/index.ts';
import type { RecordStore } from '../replication/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import type { NodeIdentity } from './data-directory.ts';
import { NodeError } from './errors.ts';
import type { JoinAnswer } from './join-conversation.ts';
import { type Joiner, listenForJoiners } from './join-server.ts';
import { MAX_KNOWN_PEERS } from './known-peers.ts';
import { NODE_KIND } from './mesh-view.ts';

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
  readonly members: () => readonly KnownMember[];
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Takes in new nodes while this node is an authority. */
export class JoinDesk {
  readonly #parts: JoinDeskParts;
  #listener: ChannelListener | undefined;
  #renewal: Timer | undefined;

  constructor(parts: JoinDeskParts) {
    this.#parts = parts;
  }

  /**
   * Opens or closes the port, as the node's role now asks.
   *
   * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  async follow(): Promise<void> {
    const authority = this.#parts.role.authority();
    if (authority === undefined) this.close();
    else if (this.#listener === undefined) await this.#open(authority);
  }

  close(): void {
    this.#renewal?.cancel();
    this.#listener?.stop();
    this.#listener = undefined;
  }

  async #open(authority: Authority): Promise<void> {
    const { clock, log } = this.#parts;
    const svid = await this.#svid(authority);
    this.close();
    this.#listener = listenForJoiners({
      ...this.#parts,
      svid,
      certificatePem: authority.certificatePem,
      admit: (joiner) => this.#admit(authority, joiner),
    });
    log.info('join port open', { port: this.#listener.port });
    this.#renewal = clock.after(DESK_SVID_LIFE_MS / 2, () => {
      this.#open(authority).catch((error: unknown) => {
        log.error('join port not renewed', { error });
      });
    });
  }

  async #svid(authority: Authority) {
    const { trustDomain, node } = this.#parts.identity;
    const expected = nodeSpiffeId(trustDomain, node);
    const key = generatePrivateKey('p256');
    const csrDer = await createCsr(key, expected);
    const issued = await authority.issue({ csrDer, expected, lifeMs: DESK_SVID_LIFE_MS });
    if (!issued.ok) throw new NodeError('NOT_AN_AUTHORITY', issued.error.detail);
    return {
      certificateChainPem: issued.value.chainPem.join(''),
      privateKeyPem: privateKeyToPem(key),
    };
  }

  #admit(authority: Authority, { secret, node, nodeKey }: Joiner): JoinAnswer {
    const { tokens, trust, records, members } = this.#parts;
    const named = records.entries(NODE_KIND).find(({ writer }) => writer === node);
    const isSameKey = tokens
      .list()
      .some(
        ({ usedBy }) => usedBy?.node === node && equalInConstantTime(usedBy.publicKey, nodeKey),
      );
    const isNew = named === undefined || isSameKey;
    const entitled = tokens.list().some(({ nodeName }) => nodeName === node);
    if (!isNew && !entitled) return nameTaken(node);
    const redeemed = tokens.redeem(secret, { node, publicKey: nodeKey });
    if (!redeemed.ok) {
      const remedy = 'Make a new token with `selvage token create` on an authority.';
      return { kind: 'refused', ...redeemed.error, remedy };
    }
    if (!isNew && redeemed.value.nodeName !== node) return nameTaken(node);
    const epoch = (named?.sequence.epoch ?? 0) + 1;
    const { credential } = authority.issueCredential({
      node,
      publicKey: nodeKey,
      epoch,
      lifeMs: trust.current().settings.credentialLifeMs,
    });
    return {
      kind: 'joined',
      credential: base64(credential),
      epoch,
      trust: base64(encodeOffer(offerOf(trust.files()))),
      peers: members()
        .slice(0, MAX_KNOWN_PEERS)
        .map(({ name, peerId, addresses }) => ({ name, peerId, addresses: [...addresses] })),
    };
  }
}

const nameTaken = (node: string): JoinAnswer => ({
  kind: 'refused',
  code: 'NODE_NAME_TAKEN',
  message: `the mesh has a node ${node} already`,
  remedy: `Join under another name (--name). To give ${node} a new key, use a token made for it: selvage token create --name ${node}`,
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
