import type { AdminService, ProposalProgress, ProposalView } from '../../admin/index.ts';
import type { NodeName, TrustDomain } from '../../core/index.ts';
import {
  createAuthorityCertificate,
  createAuthorityCsr,
  generatePrivateKey,
  pemOf,
  publicKeyOf,
  tokenKeyOf,
} from '../../crypto/index.ts';
import {
  type Approval,
  assembleChange,
  decodeProposal,
  decodeVerdict,
  encodeFiles,
  encodeProposal,
  formatVersion,
  heldTrust,
  initTrust,
  isRejection,
  missingSignatures,
  type Proposal,
  publishChange,
  type Rejection,
  type Role,
  signerOf,
  type TrustFiles,
  type TrustSigner,
  versionedParts,
} from '../../governance/index.ts';
import { FakeClock, seededRandom } from '../../ports/testing/index.ts';

const YEAR_MS = 365 * 86_400_000;
const now = new FakeClock().now();
export const TRUST_DOMAIN = 'shop.example' as TrustDomain; // a trust domain, by inspection

export const certificateOf = (node: string, key = generatePrivateKey('p256')): string =>
  createAuthorityCertificate({
    key,
    trustDomain: TRUST_DOMAIN,
    node: node as NodeName, // a label, by inspection
    now,
    lifeMs: YEAR_MS,
    random: seededRandom(7),
  });

const certificatePem = certificateOf('n1');

const nextKey = generatePrivateKey('p256');
const nextCertificatePem = certificateOf('n1', nextKey);
const CSR = createAuthorityCsr(nextKey, { trustDomain: TRUST_DOMAIN, node: 'n1' as NodeName }); // a label

function newTokenKey() {
  const { kid, x, y } = tokenKeyOf(publicKeyOf(generatePrivateKey('p256')));
  return { kid, x, y };
}
const nextTokenKey = newTokenKey();

const NO_VOTES: ProposalView['votes'] = {
  nodes: [],
  missing: [],
  newlyDenied: { calls: [], more: 0 },
  newlyAllowed: { calls: [], more: 0 },
};

interface Waiting {
  readonly proposal: Proposal;
  readonly approvals: Approval[];
  readonly rejections: Rejection[];
}

const versionText = (role: Role, version: number): string =>
  role === 'root' ? `root ${version}` : formatVersion({ role, version });

/** One node, its own authority: what the admin API of a real one does with signatures, without the others. */
export class GovernedNode {
  held: TrustFiles;
  readonly #online = signerOf(generatePrivateKey('ed25519'));
  readonly #waiting = new Map<string, Waiting>();

  constructor(governor: TrustSigner) {
    this.held = initTrust({
      trustDomain: TRUST_DOMAIN,
      governor,
      governorName: 'ada',
      authority: {
        node: 'n1' as NodeName, // a label, by inspection
        onlineKey: this.#online.publicKey,
        certificates: [{ pem: certificatePem }],
        namespaces: 'any',
        tokenKeys: [],
      },
      online: this.#online,
      now,
    });
  }

  get inForce() {
    return heldTrust(this.held);
  }

  readonly service: Partial<AdminService> = {
    trustDraft: async () => ({ files: Buffer.from(encodeFiles(this.held)).toString('base64') }),
    propose: async ({ proposal, approvals }) => {
      const decoded = decodeProposal(Buffer.from(proposal, 'base64'));
      if (!decoded.ok) throw new Error(decoded.error);
      this.#waiting.set(decoded.value.id, {
        proposal: decoded.value,
        approvals: [],
        rejections: [],
      });
      for (const approval of approvals) this.#take(approval);
      return this.#progress(decoded.value.id);
    },
    approve: async ({ approval }) => this.#progress(this.#take(approval)),
    reject: async ({ rejection }) => this.#progress(this.#take(rejection)),
    proposal: async ({ id: prefix }) => {
      const [id = ''] = [...this.#waiting.keys()].filter((id) => id.startsWith(prefix));
      return { ...this.#item(id), diff: [], body: this.#bodyOf(id), votes: NO_VOTES };
    },
    proposals: async () => ({ items: [...this.#waiting.keys()].map((id) => this.#item(id)) }),
    nextAuthorityKeys: async () => ({
      node: 'n1',
      certificatePem: nextCertificatePem,
      csrPem: pemOf('CERTIFICATE REQUEST', CSR),
      tokenKey: nextTokenKey,
    }),
    authorityCandidate: async ({ node }) => ({
      node,
      certificatePem: node === 'n1' ? certificatePem : certificateOf(node),
      onlineKey: 'cd'.repeat(32),
    }),
  };

  #take(text: string): string {
    const verdict = decodeVerdict(text);
    if (!verdict.ok) throw new Error(verdict.error);
    const waiting = this.#of(verdict.value.proposal);
    if (isRejection(verdict.value)) waiting.rejections.push(verdict.value);
    else waiting.approvals.push(verdict.value);
    return verdict.value.proposal;
  }

  #of(id: string): Waiting {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) throw new Error(`no proposal ${id}`);
    return waiting;
  }

  #progress(id: string): ProposalProgress {
    const { proposal, approvals } = this.#of(id);
    const item = this.#item(id);
    if (item.state !== 'ready') return item;
    const change = assembleChange(this.held, proposal, approvals);
    this.held = publishChange({ held: this.held, change, online: this.#online, now });
    const { digest } = this.inForce;
    const versions = [...new Set(item.parts.map(({ version }) => version))];
    this.#waiting.delete(id);
    return {
      ...item,
      state: 'published',
      published: { by: 'n1', versions, digest, nodes: ['n2'] },
    };
  }

  #item(id: string) {
    const { proposal, approvals, rejections } = this.#of(id);
    const versioned = versionedParts(proposal);
    const versionOf = new Map(
      versioned.ok ? versioned.value.map(({ role, version }) => [role, version]) : [],
    );
    const parts = missingSignatures(this.held, proposal, approvals).map((part) => ({
      ...part,
      version: versionText(part.role, versionOf.get(part.role) ?? 0),
    }));
    const isReady = parts.every(({ signed, threshold }) => signed.length >= threshold);
    return {
      id,
      versions: parts.map(({ version }) => version),
      state: isReady ? ('ready' as const) : ('open' as const),
      parts,
      rejections: rejections.map((one) => ({ ...one, name: one.publicKey.slice(0, 8) })),
      reason: proposal.reason,
      createdAt: new Date(proposal.createdAtMs).toISOString(),
      expiresAt: new Date(proposal.createdAtMs + YEAR_MS).toISOString(),
      roles: proposal.parts.map(({ role }) => role),
      nodes: ['n1'],
    };
  }

  #bodyOf(id: string): string {
    return Buffer.from(encodeProposal(this.#of(id).proposal)).toString('base64');
  }
}
