import type { TrustDomain } from '../../core/index.ts';
import { describeChange } from '../change/index.ts';
import { delegationsOf, namespaceOf, type TargetsRole } from '../repository/index.ts';
import { byKind, decodeTarget } from '../resources/index.ts';
import type { OpenedList } from './kept-list.ts';

type Described = Parameters<typeof describeChange>[0];

/** Who governs is no list's to say. */
const NO_GOVERNORS = { keys: [], threshold: 0 } as const;

/** The difference between two versions of one list, in words; see {@link describeChange}. */
export const describeLists = (
  role: TargetsRole,
  before: OpenedList,
  after: OpenedList,
  trustDomain: TrustDomain,
): string[] =>
  describeChange(described(role, before, trustDomain), described(role, after, trustDomain));

function described(role: TargetsRole, opened: OpenedList, trustDomain: TrustDomain): Described {
  const contents = [...opened.contents].flatMap(([path, bytes]) => {
    const content = decodeTarget(path, bytes, trustDomain);
    return content.ok ? [content.value] : [];
  });
  return {
    governors: NO_GOVERNORS,
    lists: role === 'targets' ? delegated(opened) : [],
    ...byKind(contents),
  };
}

const delegated = ({ targets }: OpenedList): Described['lists'] =>
  [...delegationsOf(targets)].map(([role, { keys, threshold }]) => ({
    role,
    namespace: namespaceOf(role),
    version: 0,
    expiresAtMs: 0,
    keys,
    threshold,
  }));
