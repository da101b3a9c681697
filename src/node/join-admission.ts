import { formatDuration, type NodeName, nodeSpiffeId, type Result } from '../core/index.ts';
import { encodeOffer, offerOf, type TrustStore } from '../governance/index.ts';
import {
  type Admittance,
  type AttestationRefusal,
  firstEpochFrom,
  identityErrors,
  type NodeAttestor,
  TokenAttestor,
  type TokenBook,
  X509Attestor,
} from '../identity/index.ts';
import type { Clock, EpochMs } from '../ports/index.ts';
import type { RecordStore } from '../replication/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import type { NodeIdentity } from './data-directory.ts';
import { IssuanceLimits } from './issuance-limits.ts';
import type { JoinAnswer } from './join-conversation.ts';
import type { Joiner } from './join-server.ts';
import { type KnownPeer, MAX_KNOWN_PEERS } from './known-peers.ts';

export interface JoinAdmissionParts {
  readonly identity: NodeIdentity;
  readonly role: AuthorityRole;
  readonly trust: TrustStore;
  readonly tokens: TokenBook;
  readonly records: RecordStore;
  /** This node and those that it knows: whom a joiner dials first. */
  readonly members: () => readonly KnownPeer[];
  readonly clock: Clock;
}

/** Whether a joiner becomes a node, and what it is handed then. */
export class JoinAdmission {
  readonly #parts: JoinAdmissionParts;
  readonly #token: NodeAttestor<'token'>;
  readonly #x509pop: NodeAttestor<'x509pop'>;
  /** A certificate of an enterprise lets in again and again, whoever has its key. */
  readonly #limits: IssuanceLimits;

  constructor(parts: JoinAdmissionParts) {
    const { tokens, trust, clock } = parts;
    this.#parts = parts;
    this.#limits = new IssuanceLimits(clock);
    this.#token = new TokenAttestor(tokens);
    this.#x509pop = new X509Attestor({
      attestations: () => trust.current().attestations,
      isRevoked: (publicKeySha256) =>
        trust
          .current()
          .revocations.some((one) => one.kind === 'key' && one.keySha256 === publicKeySha256),
      clock,
    });
  }

  /** Nothing is spent before all has been asked: who is refused may try again with the same token. */
  admit(joiner: Joiner): JoinAnswer {
    const { trust, members, clock, role, identity } = this.#parts;
    const { node, publicKey } = joiner;
    const issuer = role.issuer(nodeSpiffeId(identity.trustDomain, node));
    if (!issuer.ok) return issuesNothing(issuer.error);
    const attested = this.#attest('check', joiner);
    if (!attested.ok) return refused(attested.error);
    const earliestMs = role.bundle().revocations.earliestForNode(node);
    if (attested.value.sinceMs < earliestMs) return nodeRevoked(node);
    if (this.#isAnothers(node, attested.value)) return nameTaken(node);
    const waitMs = this.#limits.ofNode(node);
    if (waitMs > 0) return tooOften(node, waitMs);
    const redeemed = this.#attest('redeem', joiner);
    if (!redeemed.ok) return refused(redeemed.error);
    const { locality } = redeemed.value;
    const { credential } = issuer.value.issueCredential({
      ...(locality === undefined ? {} : { locality }),
      node,
      publicKey,
      epoch: this.#nextEpoch(node, clock.now(), earliestMs),
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

  #attest(
    step: 'check' | 'redeem',
    { evidence, ...applicant }: Joiner,
  ): Result<Admittance, AttestationRefusal> {
    return evidence.kind === 'token'
      ? this.#token[step](evidence, applicant)
      : this.#x509pop[step](evidence, applicant);
  }

  /** Is the name a member's, or an authority's that has not been heard of for long, and not the joiner's to take? */
  #isAnothers(node: NodeName, { takesOver }: Admittance): boolean {
    const { records, trust } = this.#parts;
    if (takesOver === 'authorities') return false;
    if (trust.current().authorities.some((authority) => authority.node === node)) return true;
    return takesOver === 'none' && records.epochOf(node) !== undefined;
  }

  /**
   * Above every earlier key of that name. Epochs follow the clock, in seconds, so that this holds
   * when all records of the earlier key have expired as well; and above what a revocation of the node covers.
   */
  #nextEpoch(node: NodeName, now: EpochMs, earliestMs: EpochMs): number {
    const known = this.#parts.records.epochOf(node) ?? 0;
    return Math.max(known + 1, Math.floor(now / 1_000), firstEpochFrom(earliestMs));
  }
}

const refused = ({ code, message }: AttestationRefusal): JoinAnswer => ({
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

const tooOften = (node: string, waitMs: number): JoinAnswer => ({
  kind: 'refused',
  code: 'JOIN_REFUSED',
  message: `too many credentials were asked for by ${node}`,
  remedy: `Ask again in ${formatDuration(waitMs)}; find out who else has the key of its certificate.`,
});

const nodeRevoked = (node: string): JoinAnswer => ({
  kind: 'refused',
  code: 'JOIN_REFUSED',
  message: `${node} was revoked, and what it shows is older than that`,
  remedy: `Let it join with a new token, if its host is sound again: selvage token create --name ${node}`,
});

const nameTaken = (node: string): JoinAnswer => ({
  kind: 'refused',
  code: 'NODE_NAME_TAKEN',
  message: `the mesh has a node ${node} already`,
  remedy: `Join under another name (--name). To give ${node} a new key, use a token made for it: selvage token create --name ${node}`,
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
