import { parseSpiffeId, type SpiffeId, workloadOf } from '../../core/index.ts';
import type { Claims } from '../token-life.ts';
import type { EndUser } from './token-verdict.ts';

/** How many may act for a person, one after the other. */
export const MAX_ACTORS = 4;
/** The claim by which policies see who acts for a person: the last one alone decides (RFC 8693 section 4.1). */
export const ACTOR_CLAIM = 'act';
/** RFC 9068 section 2.1: it keeps what is said of a person apart from what proves a workload. */
export const MESH_USER_TYPE = 'at+jwt';

/**
 * What the mesh says of a person in its own tokens. They keep the name by which policies know them, with the
 * issuer that signed them in: two people whom two issuers call `anna` stay two.
 */
export const meshUserClaims = (user: EndUser, actors: readonly [SpiffeId, ...SpiffeId[]]) => ({
  sub: `${user.issuer}|${user.subject}`,
  groups: user.groups,
  claims: user.claims,
  client_id: actors[0], // RFC 9068 section 2.2
  act: actors.reduceRight<object>(
    (before, sub) => ({ sub, ...(Object.keys(before).length === 0 ? {} : { act: before }) }),
    {},
  ),
});

/** The person of a token of the mesh; undefined when it does not say what {@link meshUserClaims} says. */
export function meshUserOf(payload: Claims, wanted: readonly string[]): EndUser | undefined {
  const { sub, groups, claims, act } = payload;
  const bar = typeof sub === 'string' ? sub.indexOf('|') : -1; // no issuer has one in its name
  const actors = actorsOf(act);
  const told = claimsOf(claims, wanted);
  if (typeof sub !== 'string' || bar < 1 || bar === sub.length - 1) return undefined;
  const [actor] = actors ?? [];
  if (actors === undefined || actor === undefined || told === undefined) return undefined;
  if (!Array.isArray(groups) || groups.some((group) => typeof group !== 'string')) return undefined;
  return {
    issuer: sub.slice(0, bar),
    subject: sub.slice(bar + 1),
    groups,
    claims: wanted.includes(ACTOR_CLAIM) ? { ...told, [ACTOR_CLAIM]: actor } : told,
    actors,
  };
}

/** The chain of those who act, the last one first; undefined when it is none, or longer than `most`. */
function actorsOf(act: unknown, most = MAX_ACTORS): readonly SpiffeId[] | undefined {
  if (act === undefined) return [];
  if (typeof act !== 'object' || act === null || most === 0) return undefined;
  const { sub, act: before }: { readonly sub?: unknown; readonly act?: unknown } = act;
  const id = typeof sub === 'string' ? parseSpiffeId(sub) : undefined;
  const others = actorsOf(before, most - 1);
  if (id?.ok !== true || workloadOf(id.value) === undefined) return undefined;
  return others && [id.value, ...others];
}

function claimsOf(
  value: unknown,
  wanted: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const told = Object.entries(value).filter(([name]) => wanted.includes(name));
  const texts = told.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return texts.length === told.length ? Object.fromEntries(texts) : undefined;
}
