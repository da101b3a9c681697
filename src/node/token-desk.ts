import { err, type NodeName, ok, parseSpiffeId, type Result } from '../core/index.ts';
import {
  type ExchangeRequest,
  mayNameInTokens,
  parseAudiences,
  type SignedToken,
  type TokenOrder,
  TokenSigner,
} from '../identity/index.ts';
import type {
  Clock,
  Counter,
  EpochMs,
  Gossip,
  Ledger,
  Log,
  Meter,
  Peer,
  Random,
} from '../ports/index.ts';
import { issuedIdentities, LimitedLog } from '../telemetry/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import { earliestBeginning } from './fresh-attestation.ts';
import type { IssuancePermission } from './issuance-permission.ts';
import { decodeJson, encodeJson } from './issuance-wire.ts';
import type { TokenJudge } from './token-judge.ts';
import type { TokenRules } from './token-rules.ts';
import {
  TOKEN_PROTOCOL,
  type TokenAnswer,
  type TokenRequest,
  tokenQuestionSchema,
} from './token-wire.ts';

export interface TokenDeskParts {
  readonly gossip: Pick<Gossip, 'serve'>;
  readonly role: Pick<AuthorityRole, 'tokenSigner' | 'target'>;
  readonly permission: IssuancePermission;
  readonly rules: () => TokenRules;
  readonly judge: TokenJudge;
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly meter: Meter;
}

interface Refusal {
  /** Closed: these are metric labels. */
  readonly reason: 'bad-request' | 'revoked' | 'bad-exchange' | 'other-namespace';
  readonly detail: string;
}

type Judged = Result<TokenOrder, Refusal>;
type WorkloadRequest = Extract<TokenRequest, { kind: 'workload' }>;

/**
 * Where an authority signs tokens. It believes no node: for a workload of another node a registration must allow
 * it there, as for an SVID, and an exchange is judged by the tokens themselves, whoever handed them on.
 */
export class TokenDesk {
  readonly #parts: TokenDeskParts;
  readonly #asked: Counter<'kind' | 'result'>;
  readonly #limitedLog: LimitedLog;
  #signer: { readonly kid: string; readonly signer: TokenSigner } | undefined;

  constructor(parts: TokenDeskParts) {
    this.#parts = parts;
    this.#limitedLog = new LimitedLog(parts.log, parts.clock);
    this.#asked = issuedIdentities(parts.meter);
    parts.gossip.serve(TOKEN_PROTOCOL, async (bytes, from) => {
      const { request, nowMs } = decodeJson(tokenQuestionSchema, bytes);
      const answer = await this.#answer(request, from, nowMs);
      return encodeJson(
        (answer.ok ? answer.value : { refused: answer.error }) satisfies TokenAnswer,
      );
    });
  }

  /** The token that this node itself asks for, for a workload that it attested; else why not, in words. */
  async sign(request: TokenRequest, node: NodeName): Promise<Result<SignedToken, string>> {
    const signer = this.#signerNow();
    if (!signer.ok) return signer;
    const order = await this.#orderOf(request, node);
    if (!order.ok) {
      this.#asked.add({ kind: 'jwt-svid', result: order.error.reason });
      return err(order.error.detail);
    }
    const { issuer } = this.#parts.rules();
    return ok(await signer.value.sign({ ...order.value, issuer }));
  }

  async #answer(
    request: TokenRequest,
    from: Peer,
    nowMs: EpochMs,
  ): Promise<Result<SignedToken, string>> {
    const { permission } = this.#parts;
    const spiffeId = request.kind === 'workload' ? parseSpiffeId(request.spiffeId) : undefined;
    if (spiffeId?.ok === false) return spiffeId;
    const member =
      spiffeId === undefined
        ? permission.ofMember('jwt-svid', from)
        : permission.ofWorkload('jwt-svid', from, { spiffeId: spiffeId.value, nowMs });
    if (!member.ok) return member;
    const { node } = member.value;
    const signed = await this.sign(request, node);
    if (!signed.ok) {
      const fields = { member: node, detail: signed.error };
      this.#limitedLog.warn('token refused to a node', request.kind, fields);
    }
    return signed;
  }

  #signerNow(): Result<TokenSigner, string> {
    const key = this.#parts.role.tokenSigner();
    if (!key.ok) return key;
    if (this.#signer?.kid !== key.value.kid) {
      const signer = new TokenSigner({ ...this.#parts, key: key.value.key });
      this.#signer = { kid: key.value.kid, signer };
    }
    return ok(this.#signer.signer);
  }

  /** What this authority signs for a request, or why it does not, though another one may. */
  async #orderOf(request: TokenRequest, node: NodeName): Promise<Judged> {
    const order =
      request.kind === 'workload'
        ? this.#forWorkload(request, node)
        : await this.#forExchange(request.request, node);
    if (!order.ok) return order;
    const { subject } = order.value;
    const namespaces = this.#parts.role.target?.namespaces ?? [];
    const isAble =
      namespaces === 'any' ||
      (subject.kind === 'workload' && mayNameInTokens(namespaces, subject.spiffeId));
    const whom = subject.kind === 'workload' ? subject.spiffeId : 'people';
    return isAble ? order : refuse('other-namespace', `this authority may not speak of ${whom}`);
  }

  #forWorkload(request: WorkloadRequest, node: NodeName): Judged {
    const spiffeId = parseSpiffeId(request.spiffeId);
    if (!spiffeId.ok) return refuse('bad-request', spiffeId.error);
    const audiences = parseAudiences(request.audiences);
    if (!audiences.ok) return refuse('bad-request', audiences.error);
    const { rules, clock } = this.#parts;
    const workload = { spiffeId: spiffeId.value, node, attestedAtMs: request.attestedAtMs };
    const earliest = earliestBeginning(rules().bundle.revocations, workload, clock.now());
    if (!earliest.ok) return refuse('revoked', earliest.error);
    const subject = { kind: 'workload', spiffeId: spiffeId.value } as const;
    return ok({ subject, audiences: audiences.value, node, earliestMs: earliest.value });
  }

  async #forExchange(request: ExchangeRequest, node: NodeName): Promise<Judged> {
    const order = await this.#parts.judge.exchange(request);
    return order.ok ? ok({ ...order.value, node }) : refuse('bad-exchange', order.error.detail);
  }
}

const refuse = (reason: Refusal['reason'], detail: string) => err<Refusal>({ reason, detail });
