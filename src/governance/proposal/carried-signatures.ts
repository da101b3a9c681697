import type { Metadata, Root, Targets } from '@tufjs/models';
import { isSameSigners, type PartSignatures } from '../change/index.ts';
import {
  delegationsOf,
  governorsOf,
  isSignedBy,
  parseRoot,
  type Repository,
  type Role,
  type Signers,
  type TargetsRole,
} from '../repository/index.ts';
import { isOver, type VersionedPart } from './standing.ts';

/** A list that was in force, with what stood beside it then and says whose signatures it needed. */
interface PastList {
  readonly list: Metadata<Targets>;
  readonly targets: Metadata<Targets>;
  readonly rootVersion: number;
}

/** The lists that were in force at a node before, as far as it keeps them. */
export interface PastLists {
  /** The one whose signatures are over the bytes of this part. */
  kept(part: VersionedPart): PastList | undefined;
}

/** A document, and those who had to sign it; undefined where it was never in force, as far as is known. */
type Signed =
  | { readonly document: Metadata<Root> | Metadata<Targets>; readonly bodies: readonly Signers[] }
  | undefined;

/**
 * Which signatures the parts carried when they came into force. Undefined when one of them is not in force and was not
 * before, as far as is known: roots are held whole, and lists as long as they are kept.
 */
export function carriedSignatures(
  held: Repository,
  parts: readonly VersionedPart[],
  past: PastLists,
): readonly PartSignatures[] | undefined {
  const roots = held.files.roots.flatMap((bytes) => {
    const root = parseRoot(bytes);
    return root.ok ? [root.value] : [];
  });
  const carried = parts.map((part) => {
    const { role } = part;
    const signed =
      role === 'root' ? signedRoot(roots, part) : signedList(held, roots, role, part, past);
    return signed?.bodies.map((body) => signaturesOn(signed.document, role, body));
  });
  return carried.every((one) => one !== undefined) ? carried.flat() : undefined;
}

/** TUF section 5.3.4: signed by those of the root before, and by those that it names itself, where these are others. */
function signedRoot(roots: readonly Metadata<Root>[], part: VersionedPart): Signed {
  const at = roots.findIndex((root) => isOver(root, part));
  const [document, before] = [roots[at], roots[at - 1]];
  if (document === undefined) return undefined;
  const own = governorsOf(document);
  const earlier = before === undefined ? own : governorsOf(before);
  return { document, bodies: isSameSigners(earlier, own) ? [own] : [earlier, own] };
}

function signedList(
  held: Repository,
  roots: readonly Metadata<Root>[],
  role: TargetsRole,
  part: VersionedPart,
  past: PastLists,
): Signed {
  const found = listInForce(held, role, part) ?? past.kept(part);
  if (found === undefined) return undefined;
  const { list: document, targets, rootVersion } = found;
  const root = roots.find(({ signed }) => signed.version === rootVersion) ?? held.root;
  const body = role === 'targets' ? governorsOf(root) : delegationsOf(targets).get(role);
  return { document, bodies: body === undefined ? [] : [body] };
}

function listInForce({ lists, targets, root }: Repository, role: TargetsRole, part: VersionedPart) {
  const list = lists.get(role);
  if (list === undefined || !isOver(list, part)) return undefined;
  return { list, targets, rootVersion: root.signed.version };
}

function signaturesOn(
  document: Metadata<Root> | Metadata<Targets>,
  role: Role,
  { keys, threshold }: Signers,
): PartSignatures {
  const { good = [], none = [] } = Object.groupBy(keys, ({ publicKey }) =>
    isSignedBy(document, publicKey) ? 'good' : 'none',
  );
  return { role, threshold, signed: good, missing: none };
}
