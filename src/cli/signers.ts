import { closest } from '../core/index.ts';
import type { NamedKey, Signers } from '../governance/index.ts';
import { CliError } from './errors.ts';

/**
 * Who signs, changed as a person says it. Whether such people can sign at all is for `draftProposal` to judge.
 * The threshold stays where none is named.
 */
export const withKeys = (
  { keys, threshold }: Signers,
  added: readonly NamedKey[],
  wanted = threshold,
): Signers => ({ keys: [...keys, ...added], threshold: wanted });

/** @throws CliError NOTHING_TO_CHANGE when nobody has one of these names */
export function withoutKeys(
  signers: Signers,
  names: readonly string[],
  wanted = signers.threshold,
): Signers {
  const gone = new Set(names.map((name) => keyOf(signers, name)));
  return { keys: signers.keys.filter((key) => !gone.has(key)), threshold: wanted };
}

/** @throws CliError NOTHING_TO_CHANGE when nobody has this name */
export function withNewKey(signers: Signers, name: string, fresh: NamedKey): Signers {
  const old = keyOf(signers, name);
  return { ...signers, keys: signers.keys.map((key) => (key === old ? fresh : key)) };
}

function keyOf({ keys }: Signers, name: string): NamedKey {
  const found = keys.find((key) => key.name === name);
  if (found !== undefined) return found;
  const names = keys.map((key) => key.name);
  const near = closest(name, names);
  throw new CliError('NOTHING_TO_CHANGE', `nobody who signs is called '${name}'`, {
    remedy: near === undefined ? `Name one of ${names.join(', ')}.` : `Did you mean ${near}?`,
  });
}

/** `2 of 3 (ada, bob, carol)` */
export const signersWords = ({ keys, threshold }: Signers): string =>
  `${threshold} of ${keys.length} (${keys.map(({ name }) => name).join(', ')})`;

/** What a person should know of a threshold before it is in force; undefined when it is fine. */
export function thresholdWarning({ keys, threshold }: Signers): string | undefined {
  if (keys.length === 1) return undefined;
  if (threshold === 1) return `any one of the ${keys.length} decides alone: see --threshold`;
  return threshold === keys.length
    ? `all ${keys.length} must sign: once one key is lost, nothing can be changed any more`
    : undefined;
}
