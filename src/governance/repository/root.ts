import { type Key, Metadata, Root } from '@tufjs/models';
import { LIVES_MS } from './lives.ts';
import { SPEC_VERSION, tufDate } from './metadata.ts';
import { tufKey } from './signer.ts';

/** Who signs what: the governors (people) root and targets, the authorities (online) the rest. */
interface RootParams {
  readonly version: number;
  readonly governors: { readonly keys: readonly Key[]; readonly threshold: number };
  /** Raw Ed25519 public keys (hex) of all authorities: any one of them signs. */
  readonly onlineKeys: readonly string[];
  readonly now: number;
}

const THRESHOLD_ONLINE = 1; // any living authority must be able to go on alone

/** An unsigned root (TUF section 4.3), made from its JSON: the library has no other way to set thresholds. */
export function makeRoot({ version, governors, onlineKeys, now }: RootParams): Metadata<Root> {
  const online = onlineKeys.map(tufKey);
  const people = { keyids: idsOf(governors.keys), threshold: governors.threshold };
  const machines = { keyids: idsOf(online), threshold: THRESHOLD_ONLINE };
  const keys = [...governors.keys, ...online].map((key) => [key.keyID, key.toJSON()]);
  return new Metadata(
    Root.fromJSON({
      _type: 'root',
      spec_version: SPEC_VERSION,
      version,
      expires: tufDate(now + LIVES_MS.root),
      consistent_snapshot: true,
      keys: Object.fromEntries(keys),
      roles: { root: people, targets: people, snapshot: machines, timestamp: machines },
    }),
  );
}

/** The governors' keys and how many of them must sign. */
export function governorsOf({ signed }: Metadata<Root>): RootParams['governors'] {
  const role = signed.roles.root;
  return {
    keys: (role?.keyIDs ?? []).flatMap((id) => signed.keys[id] ?? []),
    threshold: role?.threshold ?? 1,
  };
}

/** Raw public keys (hex) that may sign the timestamp, sorted. */
export const onlineKeysOf = ({ signed }: Metadata<Root>): string[] =>
  (signed.roles.timestamp?.keyIDs ?? [])
    .flatMap((id) => signed.keys[id]?.keyVal.public ?? [])
    .sort();

/** Each key once: two names for one key would let one signer count as two. */
export function hasDistinctKeys({ signed }: Metadata<Root>): boolean {
  return Object.values(signed.roles).every(({ keyIDs }) => {
    const keys = keyIDs.flatMap((id) => signed.keys[id]?.keyVal.public?.toLowerCase() ?? []);
    return new Set(keys).size === keys.length;
  });
}

const idsOf = (keys: readonly Key[]): string[] => [...new Set(keys.map(({ keyID }) => keyID))];
