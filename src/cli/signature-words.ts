import type { NamedKey } from '../governance/index.ts';
import { fieldLines } from './output/index.ts';

/** How far one part of a proposal is. A root that changes who governs stands here twice, for those before and after. */
export interface PartSigned {
  readonly role: string;
  /** As people name versions: `7`, `payments/3`, `root 2`. */
  readonly version: string;
  readonly threshold: number;
  readonly signed: readonly NamedKey[];
  readonly missing: readonly NamedKey[];
}

export const isSigned = ({ threshold, signed }: PartSigned): boolean => signed.length >= threshold;

/** A line for each part: `version 7  1 of 2 signed (ada); 1 more of bob, carol`. */
export const partLines = (parts: readonly PartSigned[]): string[] =>
  fieldLines(parts.map((part, index) => [partName(part, parts, index), signatureWords(part)]));

function partName(
  { role, version }: PartSigned,
  parts: readonly PartSigned[],
  index: number,
): string {
  if (role !== 'root') return `version ${version}`;
  const isSecond = parts.findIndex((other) => other.role === role) < index;
  return isSecond ? `${version}, by those it names` : version;
}

function signatureWords(part: PartSigned): string {
  const { threshold, signed, missing } = part;
  const by = signed.length === 0 ? '' : ` (${names(signed)})`;
  const so = `${signed.length} of ${threshold} signed${by}`;
  const left = threshold - signed.length;
  if (left <= 0) return so;
  return missing.length < left
    ? `${so}; too few are left`
    : `${so}; ${left} more of ${names(missing)}`;
}

const names = (keys: readonly NamedKey[]): string => keys.map(({ name }) => name).join(', ');
