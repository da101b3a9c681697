import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.ts';

export interface IdentityOptions {
  readonly seconds: number;
  /** Of SVIDs and credentials, seconds. */
  readonly lifeSeconds: number;
  /** Requests in a second. */
  readonly perSecond: number;
  readonly json: boolean;
}

/** What is measured when nothing is said. */
const USUAL = {
  rotation: { seconds: '300', life: '20' },
  authorities: { seconds: '600', life: '60' },
} as const;

export type IdentityBench = keyof typeof USUAL;

export const usageOf = (name: IdentityBench): string =>
  `npm run bench -- ${name} [--seconds N] [--life N] [--rate N] [--json]`;

/** @throws Error in words for a flag that is unknown or has no sense */
export function readOptions(name: IdentityBench, args: readonly string[]): IdentityOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: USUAL[name].seconds },
      life: { type: 'string', default: USUAL[name].life },
      rate: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    seconds: wholeNumber('seconds', values.seconds, 30, 86_400),
    lifeSeconds: wholeNumber('life', values.life, 10, 3_600),
    perSecond: wholeNumber('rate', values.rate, 1, 1_000),
    json: values.json,
  };
}
