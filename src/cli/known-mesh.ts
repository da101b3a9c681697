import { z } from 'zod';
import { parseTrustDomain } from '../core/index.ts';
import {
  GovernanceError,
  type MeshPin,
  recogniseMesh,
  type TrustFiles,
  type TrustSigner,
} from '../governance/index.ts';
import { pathExists, readTextFile, writeFileAtomic } from '../platform/index.ts';
import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';

/** Beside a key: which mesh it is for, and the newest root that it has signed for. */
const meshPathOf = (key: string): string => `${key}.mesh`;

/** Largest file that is read of the kind, bytes. */
const MAX_FILE_BYTES = 4_096;

const pinShape = z.strictObject({
  trustDomain: z.string().transform((text, context) => {
    const parsed = parseTrustDomain(text);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.error, input: text });
    return z.NEVER;
  }),
  rootVersion: z.int().min(1),
  rootSha256: z.hex().length(64),
});

/** A key that has recognised the mesh it is to sign for. */
export interface RecognisedMesh {
  /** Says the first time what the key is to be bound to: before anything is asked, while others still see the same. */
  introduce(): void;
  /** Remembers it for the next time, once the key has signed. */
  remember(): void;
}

/**
 * Refuses to let a key sign for a mesh that it does not know, whoever hands the repository out: a node that was
 * taken over could otherwise name governors of its own.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, TRUST_DOMAIN_MISMATCH
 * @throws CliError INPUT_INVALID
 */
export function requireKnownMesh(
  { terminal }: CliContext,
  path: string,
  signer: TrustSigner,
  held: TrustFiles,
): RecognisedMesh {
  const pin = readPin(path);
  const seen = recogniseMesh(held, signer.publicKey, pin);
  if (!seen.ok) {
    const { code, detail } = seen.error;
    if (code === 'TRUST_DOMAIN_MISMATCH') throw new GovernanceError(code, detail);
    throw new GovernanceError(code, detail, {
      remedy: `Ask a node that has been a member for longer (--data, --admin-socket). If all say the same, ask the other governors; if the mesh was founded anew, remove ${meshPathOf(path)}.`,
    });
  }
  return {
    introduce() {
      if (pin !== undefined) return;
      const { trustDomain, rootVersion, rootSha256 } = seen.value;
      terminal.writeError(
        `once it has signed, ${path} is for ${trustDomain} alone: root ${rootVersion}, SHA-256 ${rootSha256}\n` +
          '(the same as `selvage governor list` shows the other governors, if nobody lies)\n',
      );
    },
    remember: () => writePin(path, seen.value),
  };
}

/**
 * Refuses a key that is for a mesh already: what it knows of that one would be overwritten, and it could sign for it
 * no more.
 *
 * @throws CliError KEY_OF_ANOTHER_MESH, INPUT_INVALID
 */
export function requireUnbound(path: string): void {
  const pin = readPin(path);
  if (pin === undefined) return;
  const { trustDomain, rootVersion } = pin;
  const by = meshPathOf(path);
  throw new CliError(
    'KEY_OF_ANOTHER_MESH',
    `${path} is the key of a governor of ${trustDomain} (root ${rootVersion}), as ${by} says`,
    {
      remedy: `Name a file that is not there yet with --governor-key: a new key is made. If that mesh is gone for good, remove ${by}.`,
    },
  );
}

/** Binds a key to the mesh that it founds. */
export function bindToMesh(path: string, { publicKey }: TrustSigner, files: TrustFiles): void {
  const seen = recogniseMesh(files, publicKey, undefined);
  if (seen.ok) writePin(path, seen.value);
}

const writePin = (path: string, pin: MeshPin): void =>
  writeFileAtomic(meshPathOf(path), `${JSON.stringify(pin, undefined, 2)}\n`, 0o600);

function readPin(key: string): MeshPin | undefined {
  const path = meshPathOf(key);
  if (!pathExists(path)) return undefined;
  const parsed = pinShape.safeParse(jsonOf(readTextFile(path, MAX_FILE_BYTES)));
  if (parsed.success) return parsed.data;
  const message = `it does not say which mesh ${key} is for: restore it, or remove it if you know the mesh`;
  throw new CliError('INPUT_INVALID', `${path} is damaged`, {
    problems: [{ file: path, message }],
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no shape fits it, which is then said
  }
}
