import type { Metadata, Root } from '@tufjs/models';
import { err, ok, type Result, type TrustDomain } from '../../core/index.ts';
import { parseRoot, rootSaysSha256, type TrustFiles, tufKey } from '../repository/index.ts';
import { openHeld } from './open-held.ts';
import { heldTrust } from './preview-change.ts';

/** What a governor's key remembers of its mesh: the newest root that it has signed for. */
export interface MeshPin {
  readonly trustDomain: TrustDomain;
  readonly rootVersion: number;
  /** Of what it says, hex: its signatures aside. */
  readonly rootSha256: string;
}

/** Why a key is not to sign for what it is shown. */
export interface UnknownMesh {
  readonly code: 'TRUST_DOMAIN_MISMATCH' | 'TRUST_NOT_GENUINE';
  readonly detail: string;
}

interface SeenRoot {
  readonly root: Metadata<Root>;
  readonly sha256: string;
}

/**
 * What a key that is shown this repository is to remember, and people compare.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE when the repository is not whole
 */
export function meshPinOf(held: TrustFiles): MeshPin {
  const repository = openHeld(held);
  const { trustDomain, rootVersion } = heldTrust(repository);
  return { trustDomain, rootVersion, rootSha256: rootSaysSha256(repository.root) };
}

/**
 * Is what a node hands out the mesh that a key is for? Its chain of roots, each signed by the governors of the
 * one before, must hold the root that the key has seen last. A node that joined later holds none so old: then a root
 * that the key signed itself will do, because it signed none that did not follow. A key that has seen no root
 * yet takes what it is shown. Gives what the key is to remember from now on; the error says what is wrong.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE when the repository is not whole
 */
export function recogniseMesh(
  held: TrustFiles,
  publicKey: string,
  pin: MeshPin | undefined,
): Result<MeshPin, UnknownMesh> {
  const seen = meshPinOf(held); // the chain is checked
  const roots = held.roots.flatMap((bytes): SeenRoot[] => {
    const root = parseRoot(bytes);
    return root.ok ? [{ root: root.value, sha256: rootSaysSha256(root.value) }] : [];
  });
  if (pin === undefined) return ok(seen);
  if (seen.trustDomain !== pin.trustDomain) {
    const detail = `the node is of the mesh ${seen.trustDomain}, and the key is for ${pin.trustDomain}`;
    return err({ code: 'TRUST_DOMAIN_MISMATCH', detail });
  }
  const detail = chainProblem(roots, publicKey, pin);
  return detail === undefined ? ok(seen) : err({ code: 'TRUST_NOT_GENUINE', detail });
}

function chainProblem(
  roots: readonly SeenRoot[],
  publicKey: string,
  { rootVersion, rootSha256 }: MeshPin,
): string | undefined {
  const newest = roots.at(-1)?.root.signed.version ?? 0;
  if (newest < rootVersion) {
    return `the newest root of the node is ${newest}, and the key has seen root ${rootVersion}`;
  }
  const same = roots.find(({ root }) => root.signed.version === rootVersion);
  if (same !== undefined) {
    return same.sha256 === rootSha256
      ? undefined
      : `the node hands out another root ${rootVersion} than the key has seen`;
  }
  if (roots.some(({ root }) => isSignedBy(root, publicKey))) return undefined;
  const first = roots[0]?.root.signed.version;
  return `the roots of the node begin with ${first}, and the key has seen root ${rootVersion}: nothing shows that one follows from the other`;
}

function isSignedBy(root: Metadata<Root>, publicKey: string): boolean {
  try {
    tufKey({ publicKey }).verifySignature(root);
    return true;
  } catch {
    return false; // throwing is how the library says "no signature, or a wrong one"
  }
}
