import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { decodeFiles, encodeFiles, type TrustFiles } from '../repository/index.ts';
import { decodeProposal, encodeProposal, type Proposal } from './body.ts';
import { plainVerdict, readVerdict, type Verdict } from './verdict.ts';

/** Everything that a person needs to look at a proposal and sign it, on a computer without a node. */
export interface CarriedProposal {
  /** What was in force when it was carried away: what the proposal is held against. */
  readonly held: TrustFiles;
  readonly proposal: Proposal;
}

const carriedShape = z.object({
  selvage: z.literal('proposal/1'),
  held: z.base64(),
  proposal: z.base64(),
});

/** As JSON, of which a person can read what it is; the signed bytes stay what they are, in base64. */
export function encodeCarried({ held, proposal }: CarriedProposal): string {
  const { id, reason, createdAtMs } = proposal;
  return json({
    selvage: 'proposal/1',
    id,
    reason,
    createdAt: new Date(createdAtMs).toISOString(),
    held: base64(encodeFiles(held)),
    proposal: base64(encodeProposal(proposal)),
  });
}

/** Believes the bytes alone, not what stands beside them for people. */
export function decodeCarried(text: string): Result<CarriedProposal, string> {
  const parsed = carriedShape.safeParse(parseJson(text));
  if (!parsed.success) return err('this is no proposal file');
  const held = decodeFiles(Buffer.from(parsed.data.held, 'base64'));
  if (!held.ok) return held;
  const proposal = decodeProposal(Buffer.from(parsed.data.proposal, 'base64'));
  return proposal.ok ? ok({ held: held.value, proposal: proposal.value }) : proposal;
}

/** An approval or a rejection as a file that a person can read. */
export const encodeVerdict = (verdict: Verdict): string =>
  json({ selvage: 'verdict/1', ...plainVerdict(verdict) });

/** Longest file of one: 130 signatures. */
const MAX_VERDICT_CHARACTERS = 65_536;

export function decodeVerdict(text: string): Result<Verdict, string> {
  if (text.length > MAX_VERDICT_CHARACTERS) {
    return err(`${text.length} characters; an approval has at most ${MAX_VERDICT_CHARACTERS}`);
  }
  const parsed = z.looseObject({ selvage: z.literal('verdict/1') }).safeParse(parseJson(text));
  if (!parsed.success) return err('this is no approval and no rejection');
  const { selvage: _, ...verdict } = parsed.data;
  return readVerdict(verdict);
}

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Undefined for what is no JSON: no file of ours is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the shape says so in words
  }
}
