import type { ProposalClaim, SaidClaim } from './claim.ts';
import {
  MAX_BODY_BYTES,
  MAX_BODY_BYTES_PER_WRITER,
  MAX_PROPOSALS,
  MAX_PROPOSALS_PER_WRITER,
  OVER_KEPT_MS,
  PROPOSAL_CLOCK_TOLERANCE_MS,
  PROPOSAL_LIFE_MS,
} from './limits.ts';

/**
 * Of all that members say they have proposed, what this node looks at. Decided by what is said alone: in whatever
 * order it came, nodes that have heard the same look at the same.
 *
 * Of each writer its smallest ones; of all, first the smallest of every writer, then the next ones: so that a writer
 * that says more than it may takes no room of others.
 */
export function selected(said: Iterable<SaidClaim>, now: number): ReadonlyMap<string, SaidClaim> {
  const byWriter = new Map<string, SaidClaim[]>();
  for (const one of said) {
    if (!isOfNow(one, now)) continue;
    const ofWriter = byWriter.get(one.writer);
    if (ofWriter === undefined) byWriter.set(one.writer, [one]);
    else ofWriter.push(one);
  }
  const ranked = [...byWriter.values()].flatMap((ofWriter) =>
    within(ofWriter.sort(bySize), MAX_PROPOSALS_PER_WRITER, MAX_BODY_BYTES_PER_WRITER).map(
      (one, rank) => ({ one, rank }),
    ),
  );
  ranked.sort((a, b) => a.rank - b.rank || bySize(a.one, b.one));
  const first = new Map<string, SaidClaim>();
  for (const { one } of ranked) if (!first.has(one.claim.id)) first.set(one.claim.id, one);
  const kept = within([...first.values()], MAX_PROPOSALS, MAX_BODY_BYTES);
  return new Map(kept.map((one) => [one.claim.id, one]));
}

/** Has it expired for longer than what is over is shown? */
export const isForgotten = ({ createdAtMs }: ProposalClaim, now: number): boolean =>
  now >= createdAtMs + PROPOSAL_LIFE_MS + OVER_KEPT_MS;

/** What is dated later than a clock may be ahead waits until it is not. */
const isOfNow = ({ claim }: SaidClaim, now: number): boolean =>
  claim.createdAtMs <= now + PROPOSAL_CLOCK_TOLERANCE_MS && !isForgotten(claim, now);

const bySize = (a: SaidClaim, b: SaidClaim): number =>
  a.claim.bytes - b.claim.bytes || (a.record < b.record ? -1 : 1);

/** The first that fit; one that does not is left out, and those after it are looked at. */
function within(claims: readonly SaidClaim[], count: number, bytes: number): SaidClaim[] {
  const kept: SaidClaim[] = [];
  let total = 0;
  for (const one of claims) {
    if (kept.length === count) break;
    if (total + one.claim.bytes > bytes) continue;
    total += one.claim.bytes;
    kept.push(one);
  }
  return kept;
}
