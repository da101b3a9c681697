import type { NodeName } from '../core/index.ts';
import {
  encodeTarget,
  type RetiringAuthority,
  type TrustSet,
  targetPath,
} from '../governance/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { CliError } from './errors.ts';
import { nearNames } from './near-names.ts';
import type { WantedChange } from './trust-change.ts';

/** Enough for all holders to renew with another authority, and to try again, milliseconds. */
const TO_RENEW_MS = 600_000;
/** For people to sign it, where one signature is not enough, milliseconds. */
const APPROVALS_MS = 86_400_000;

/** When what an authority signed is to count no longer: never later than it would end by itself. */
export function retiresAt(
  { governors, settings }: TrustSet,
  now: EpochMs,
  afterMs = governors.threshold > 1 ? APPROVALS_MS + TO_RENEW_MS : TO_RENEW_MS,
): EpochMs {
  return now + Math.min(afterMs, Math.max(settings.svidLifeMs, settings.credentialLifeMs));
}

/** Those keys that have not ended yet, with `untilMs` as their end, or an earlier one that they have. */
export const goingOut = <Key extends { readonly untilMs?: EpochMs }>(
  keys: readonly Key[],
  untilMs: EpochMs,
  now: EpochMs,
): (Key & { readonly untilMs: EpochMs })[] =>
  keys
    .filter((key) => key.untilMs === undefined || key.untilMs > now)
    .map((key) => ({ ...key, untilMs: Math.min(key.untilMs ?? untilMs, untilMs) }));

/** `node` signs no more; what it signed counts until `untilMs`. Undefined when it is no authority. */
export function retirement(
  { authorities, retiring, trustDomain }: TrustSet,
  node: NodeName,
  untilMs: EpochMs,
  now: EpochMs,
): WantedChange | undefined {
  const authority = authorities.find((one) => one.node === node);
  if (authority === undefined) return undefined;
  const going: RetiringAuthority = {
    node,
    namespaces: authority.namespaces,
    certificates: goingOut(authority.certificates, untilMs, now),
    tokenKeys: goingOut(authority.tokenKeys, untilMs, now),
  };
  const target = encodeTarget({ kind: 'RetiringAuthority', retiring: going }, trustDomain);
  const ended = retiring.filter((one) => one.node !== node && hasEnded(one, now));
  return {
    put: going.certificates.length === 0 ? [] : [target],
    remove: [targetPath({ kind: 'Authority', authority }), ...ended.map(placeOf)],
  };
}

/** What is listed of `node` as an authority, one that retires too: what to take out so that nothing of it counts. */
export const placesOf = (
  { authorities, retiring }: TrustSet,
  node: NodeName,
): readonly string[] => [
  ...authorities
    .filter((one) => one.node === node)
    .map((authority) => targetPath({ kind: 'Authority', authority })),
  ...retiring.filter((one) => one.node === node).map(placeOf),
];

export const unknownAuthority = (node: NodeName, { authorities, retiring }: TrustSet): CliError => {
  const known = new Set<string>([...authorities, ...retiring].map((one) => one.node));
  return new CliError('NAME_UNKNOWN', `${node} is no authority`, {
    remedy: nearNames(node, [...known]),
  });
};

/** What a new authority cannot stand beside: retiring ones that have its certificate, as it had before, and what has ended. */
export const outdatedBy = (
  { retiring }: TrustSet,
  certificatePem: string,
  now: EpochMs,
): readonly string[] =>
  retiring
    .filter(
      (one) => hasEnded(one, now) || one.certificates.some(({ pem }) => pem === certificatePem),
    )
    .map(placeOf);

const placeOf = (retiring: RetiringAuthority): string =>
  targetPath({ kind: 'RetiringAuthority', retiring });

const hasEnded = ({ certificates }: RetiringAuthority, now: EpochMs): boolean =>
  certificates.every(({ untilMs }) => untilMs !== undefined && untilMs <= now);
