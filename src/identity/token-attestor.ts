import { ok, type Result } from '../core/index.ts';
import type {
  Admittance,
  Applicant,
  AttestationRefusal,
  EvidenceOf,
  NodeAttestor,
} from './node-attestor.ts';
import type { TokenBook, TokenEntry } from './token-book.ts';

/** By a join token of this authority, each good for one host. */
export class TokenAttestor implements NodeAttestor<'token'> {
  readonly #tokens: TokenBook;

  constructor(tokens: TokenBook) {
    this.#tokens = tokens;
  }

  check({ secret }: EvidenceOf<'token'>, applicant: Applicant) {
    return admittanceOf(this.#tokens.check(secret, applicant), applicant);
  }

  redeem({ secret }: EvidenceOf<'token'>, applicant: Applicant) {
    return admittanceOf(this.#tokens.redeem(secret, applicant), applicant);
  }
}

function admittanceOf(
  usable: Result<TokenEntry, AttestationRefusal>,
  { node }: Applicant,
): Result<Admittance, AttestationRefusal> {
  if (!usable.ok) return usable;
  const { createdAt, nodeName, usedBy, locality } = usable.value;
  const comesAgain = usedBy !== undefined; // by its name and key, or the token would be refused
  return ok({
    sinceMs: createdAt,
    takesOver: nodeName === node || comesAgain ? 'authorities' : 'none',
    ...(locality === undefined ? {} : { locality }),
  });
}
