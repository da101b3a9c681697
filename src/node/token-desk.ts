import { err, type NodeName, ok, parseSpiffeId, type Result } from '../core/index.ts';
import {
  type ExchangeRequest,
  judgeExchange,
  mayNameInTokens,
  parseAudiences,
  type SignedToken,
  type TokenOrder,
  TokenSigner,
  type UserTokens,
} from '../identity/index.ts';
import type { Clock, Gossip, Ledger, Log, Peer, Random } from '../ports/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import type { IssuancePermission } from './issuance-permission.ts';
import { decodeJson, encodeJson } from './issuance-wire.ts';
import type { TokenRules } from './token-rules.ts';
import {
  TOKEN_PROTOCOL,
  type TokenAnswer,
  type TokenRequest,
  tokenRequestSchema,
} from './token-wire.ts';

export interface TokenDeskParts {
  readonly gossip: Pick<Gossip, 'serve'>;
  readonly role: Pick<AuthorityRole, 'tokenSigner' | 'target'>;
  readonly permission: IssuancePermission;
  readonly rules: () => TokenRules;
  readonly users: Pick<UserTokens, 'check'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly log: Log;
}

type WorkloadRequest = Extract<TokenRequest, { kind: 'workload' }>;

/**
 * Where an authority signs tokens. It believes no node: for a workload of another node a registration must allow
 * it there, as for an SVID, and an exchange is judged by the tokens themselves, whoever handed them on.
 */
export class TokenDesk {
  readonly #parts: TokenDeskParts;
  #signer: { readonly kid: string; readonly signer: TokenSigner } | undefined;

  constructor(parts: TokenDeskParts) {
    this.#parts = parts;
    parts.gossip.serve(TOKEN_PROTOCOL, async (bytes, from) => {
      const answer = await this.#answer(decodeJson(tokenRequestSchema, bytes), from);
      return encodeJson(
        (answer.ok ? answer.value : { refused: answer.error }) satisfies TokenAnswer,
      );
    });
  }

  /** The token that this node itself asks for, for a workload that it attested; else why not, in words. */
  async sign(request: TokenRequest, node: NodeName): Promise<Result<SignedToken, string>> {
    const signer = this.#signerNow();
    if (!signer.ok) return signer;
    const order =
      request.kind === 'workload'
        ? this.#orderOf(request, node)
        : await this.#exchangeOf(request.request, node);
    if (!order.ok) return order;
    const refused = this.#limitOf(order.value);
    if (refused !== undefined) return err(refused);
    const { issuer } = this.#parts.rules();
    return ok(await signer.value.sign({ ...order.value, issuer }));
  }

  async #answer(request: TokenRequest, from: Peer): Promise<Result<SignedToken, string>> {
    const { permission, log } = this.#parts;
    const spiffeId = request.kind === 'workload' ? parseSpiffeId(request.spiffeId) : undefined;
    if (spiffeId?.ok === false) return spiffeId;
    const member =
      spiffeId === undefined
        ? permission.ofMember('jwt-svid', from)
        : permission.ofWorkload('jwt-svid', from, spiffeId.value);
    if (!member.ok) return member;
    const { node } = member.value;
    const signed = await this.sign(request, node);
    if (!signed.ok) log.warn('token refused to a node', { member: node, reason: signed.error });
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

  #orderOf(request: WorkloadRequest, node: NodeName): Result<TokenOrder, string> {
    const spiffeId = parseSpiffeId(request.spiffeId);
    if (!spiffeId.ok) return spiffeId;
    const audiences = parseAudiences(request.audiences);
    if (!audiences.ok) return audiences;
    const { revocations } = this.#parts.rules().bundle;
    const earliestMs = revocations.earliestFor(spiffeId.value, node);
    if (request.attestedAtMs < earliestMs) {
      return err(`${spiffeId.value} was revoked after it was attested: start the workload anew`);
    }
    const subject = { kind: 'workload', spiffeId: spiffeId.value } as const;
    return ok({ subject, audiences: audiences.value, node, earliestMs });
  }

  async #exchangeOf(request: ExchangeRequest, node: NodeName): Promise<Result<TokenOrder, string>> {
    const { users, clock, rules } = this.#parts;
    const { issuer, bundle: tokens, userAudiences } = rules();
    if (issuer === undefined) return err('the mesh has no tokenIssuer');
    const now = clock.now();
    const order = await judgeExchange(request, { issuer, tokens, users, userAudiences, now });
    return order.ok ? ok({ ...order.value, node }) : err(order.error.detail);
  }

  /** Why this authority may not sign that, though another one may. */
  #limitOf({ subject }: TokenOrder): string | undefined {
    const namespaces = this.#parts.role.target?.namespaces ?? [];
    if (namespaces === 'any') return undefined;
    if (subject.kind === 'user') return 'this authority is limited to namespaces';
    return mayNameInTokens(namespaces, subject.spiffeId)
      ? undefined
      : `this authority may not name ${subject.spiffeId}`;
  }
}
