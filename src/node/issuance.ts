import { type NodeName, nodeSpiffeId, type Result, type SpiffeId } from '../core/index.ts';
import {
  certificateDer,
  parseCsr,
  publicKeySha256,
  type TrustBundle,
  verifySvid,
} from '../crypto/index.ts';
import type { TrustSet } from '../governance/index.ts';
import { type Authority, IdentityError } from '../identity/index.ts';
import type { Clock, EpochMs, Gossip, Log, MemberVisits } from '../ports/index.ts';
import { NodeError } from './errors.ts';
import { FewAtOnce } from './few-at-once.ts';
import { firstSuccess } from './first-success.ts';
import { earliestBeginning } from './fresh-attestation.ts';
import { IssuanceLimits, tooOften } from './issuance-limits.ts';
import {
  CREDENTIAL_PROTOCOL,
  credentialAnswerSchema,
  decodeJson,
  encodeJson,
  SVID_PROTOCOL,
  svidAnswerSchema,
} from './issuance-wire.ts';

/** How long one authority may take to answer, milliseconds. */
const AUTHORITY_TIMEOUT_MS = 3_000;
/** How long it may take to be reached and to answer before the next one is asked as well, milliseconds. */
export const NEXT_AUTHORITY_MS = 1_000;
/** Questions at one time: an authority answers as many of one member, and refuses those beyond. */
const MAX_QUESTIONS = 4;
/** For how long it is said that no authority issued: whoever lacks an identity asks more often. */
const PROBLEM_LASTS_MS = 60_000;

/** Why no authority issued, and when it was asked. */
interface Problem {
  readonly detail: string;
  readonly at: number;
}

export interface Svid {
  /** Leaf first, PEM. */
  readonly chainPem: readonly string[];
  readonly notAfter: number;
}

export interface IssuanceParts {
  readonly node: NodeName;
  readonly gossip: Gossip;
  readonly members: MemberVisits;
  readonly trust: () => TrustSet;
  readonly bundle: () => TrustBundle;
  /** This node's own authority, or why it signs nothing now for that ID. */
  readonly issuer: (id: SpiffeId) => Result<Authority, string>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Gets identities from any living authority, this node first if it is one. */
export class Issuance {
  readonly #parts: IssuanceParts;
  readonly #questions = new FewAtOnce(MAX_QUESTIONS);
  /** What one workload asks for beyond an authority's limits must not take the turn of the others here. */
  readonly #limits: IssuanceLimits;
  /** Of each protocol, as of the last time: who gets a membership credential may get no SVID all the same. */
  readonly #problems = new Map<string, Problem>();

  constructor(parts: IssuanceParts) {
    this.#parts = parts;
    this.#limits = new IssuanceLimits(parts.clock);
  }

  /**
   * An X509-SVID for the key of a CSR. The caller has attested the workload on this node, which runs since `attestedAtMs`.
   *
   * @throws IdentityError CSR_REFUSED, NodeError IDENTITY_REVOKED, NO_IDENTITY_ISSUED
   */
  async svid(spiffeId: SpiffeId, csrDer: Uint8Array, attestedAtMs: EpochMs): Promise<Svid> {
    const waitMs = this.#limits.ofWorkload(this.#parts.node, spiffeId);
    if (waitMs > 0) throw new NodeError('NO_IDENTITY_ISSUED', tooOften(spiffeId, waitMs));
    const csr = parseCsr(csrDer);
    if (!csr.ok) throw new IdentityError('CSR_REFUSED', csr.error.detail);
    const { node, issuer, trust, bundle, clock } = this.#parts;
    const workload = { spiffeId, node, attestedAtMs };
    const earliestMs = earliestBeginning(bundle().revocations, workload, clock.now());
    if (!earliestMs.ok) throw new NodeError('IDENTITY_REVOKED', earliestMs.error);
    const own = issuer(spiffeId);
    if (own.ok) {
      const { settings, version } = trust();
      const issued = await own.value.issue({
        csrDer,
        expected: spiffeId,
        node,
        earliestMs: earliestMs.value,
        trustVersion: version,
        lifeMs: settings.svidLifeMs,
      });
      if (issued.ok) return issued.value;
      const { reason, detail } = issued.error;
      if (reason !== 'authority-expired') throw new IdentityError('CSR_REFUSED', detail);
    }
    const wanted = { spiffeId, publicKeySha256: publicKeySha256(csr.value.publicKey) };
    const encoded = Buffer.from(csrDer).toString('base64');
    const question = { spiffeId, csr: encoded, attestedAtMs };
    const read = (answer: Uint8Array) => this.#readSvid(wanted, answer);
    return await this.askAny(SVID_PROTOCOL, question, read, { id: spiffeId });
  }

  /**
   * A membership credential of this node, by itself if it is an authority, else by any other one; in no case by
   * `except`.
   *
   * @throws NodeError NO_IDENTITY_ISSUED
   */
  async credential(
    request: {
      readonly node: NodeName;
      readonly publicKey: Uint8Array;
      readonly epoch: number;
      readonly locality?: string;
    },
    except?: NodeName,
  ): Promise<Uint8Array> {
    const { node, issuer, trust } = this.#parts;
    const id = nodeSpiffeId(trust().trustDomain, node);
    const own = issuer(id);
    if (own.ok && node !== except) {
      const lifeMs = trust().settings.credentialLifeMs;
      const earliestMs = this.#parts.bundle().revocations.earliestForNode(node);
      return own.value.issueCredential({ ...request, earliestMs, lifeMs }).credential;
    }
    const read = (bytes: Uint8Array) => {
      const answer = decodeJson(credentialAnswerSchema, bytes);
      if ('refused' in answer) throw new Error(answer.refused);
      return new Uint8Array(Buffer.from(answer.credential, 'base64'));
    };
    return await this.askAny(CREDENTIAL_PROTOCOL, {}, read, {
      id,
      ...(except === undefined ? {} : { except }),
    });
  }

  /** Why the last questions of those who ask again and again came to nothing, in words; each reason once. */
  problems(): readonly string[] {
    const now = this.#parts.clock.monotonic();
    const fresh = [...this.#problems.values()].filter(({ at }) => now - at < PROBLEM_LASTS_MS);
    return [...new Set(fresh.map(({ detail }) => detail))];
  }

  /**
   * Asks the other authorities that may sign for `id`, but not `except`, the nearest first, until one gives what can
   * be used. Each is told what this host's clock says then.
   *
   * @throws NodeError NO_IDENTITY_ISSUED
   */
  async askAny<T>(
    protocol: string,
    question: Readonly<Record<string, unknown>>,
    read: (answer: Uint8Array) => T,
    { id, except }: { readonly id: SpiffeId; readonly except?: NodeName },
  ): Promise<T> {
    const { node, members, clock, log } = this.#parts;
    const others = this.#authoritiesFor(id).filter((name) => name !== node && name !== except);
    const failures: string[] = [];
    const attempts = members.nearestFirst(others).map((name) => async () => {
      try {
        const request = encodeJson({ ...question, nowMs: clock.now() });
        return { answer: read(await this.#ask(name, protocol, request)) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.push(`${name}: ${reason}`);
        log.warn('authority did not issue', { authority: name, protocol, reason });
        throw error;
      }
    });
    const found = await this.#questions.run(() => firstSuccess(attempts, NEXT_AUTHORITY_MS, clock));
    if (found !== undefined) {
      this.#problems.delete(protocol);
      return found.answer;
    }
    const reasons = failures.length === 0 ? 'there is no other one' : failures.join('; ');
    const detail = `no authority issued an identity (${reasons})`;
    this.#problems.set(protocol, { detail, at: clock.monotonic() });
    throw new NodeError('NO_IDENTITY_ISSUED', detail);
  }

  #authoritiesFor(id: SpiffeId): readonly NodeName[] {
    const { trust, bundle } = this.#parts;
    const fit = new Set(bundle().anchors.flatMap((one) => (one.mayName(id) ? [one.pem] : [])));
    return trust().authorities.flatMap(({ node, certificates }) =>
      certificates.some(({ pem }) => fit.has(pem)) ? [node] : [],
    );
  }

  async #ask(name: NodeName, protocol: string, request: Uint8Array): Promise<Uint8Array> {
    const { gossip, members } = this.#parts;
    const timeoutMs = AUTHORITY_TIMEOUT_MS;
    return await members.visit(name, ({ id }) =>
      gossip.request(id, protocol, request, { timeoutMs }),
    );
  }

  /** What an authority signed is checked like any peer's certificate before it is used. */
  #readSvid(
    wanted: { readonly spiffeId: SpiffeId; readonly publicKeySha256: string },
    bytes: Uint8Array,
  ): Svid {
    const answer = decodeJson(svidAnswerSchema, bytes);
    if ('refused' in answer) throw new Error(answer.refused);
    const [leaf = ''] = answer.chainPem;
    const { bundle, clock } = this.#parts;
    const checked = verifySvid(certificateDer(leaf), bundle(), { now: clock.now() });
    if (!checked.ok) throw new Error(`its certificate is refused: ${checked.error.detail}`);
    const { spiffeId, publicKeySha256, notAfter } = checked.value;
    if (spiffeId !== wanted.spiffeId) throw new Error(`its certificate is for ${spiffeId}`);
    if (publicKeySha256 !== wanted.publicKeySha256) {
      throw new Error('its certificate is for another key');
    }
    return { chainPem: answer.chainPem, notAfter };
  }
}
