import { parseArgs } from 'node:util';

export interface PeersOptions {
  /** Names of cases; all without any. */
  readonly cases: readonly string[];
  readonly rounds: number;
  readonly json: boolean;
  /** Installs what this machine lacks, Debian packages as root. */
  readonly install: boolean;
  /** A case of which only our own profile is wanted. */
  readonly profile?: string;
}

export const USAGE =
  'npm run bench -- peers [--case NAME]… [--rounds N] [--json] [--install] [--profile NAME]';
const ROUNDS = 5;

/** @throws Error in words for a flag that is unknown or has no sense */
export function readOptions(args: readonly string[], known: readonly string[]): PeersOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: String(ROUNDS) },
      json: { type: 'boolean', default: false },
      install: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds is '${values.rounds}', and must be a whole number above 0`);
  }
  const { json, install, profile } = values;
  const named = [...values.case, ...(profile === undefined ? [] : [profile])];
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`there is no case '${unknown.join("', '")}'; there are ${known.join(', ')}`);
  }
  return {
    cases: values.case,
    rounds,
    json,
    install,
    ...(profile === undefined ? {} : { profile }),
  };
}
