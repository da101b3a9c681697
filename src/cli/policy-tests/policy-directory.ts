import { LineCounter, parseAllDocuments } from 'yaml';
import { DEFAULT_NAMESPACE, parseTrustDomain, type TrustDomain } from '../../core/index.ts';
import { type MeshSettings, parseResources, type SourceFile } from '../../governance/index.ts';
import type { PolicySource } from '../../policy/index.ts';
import { CliError } from '../errors.ts';
import { invalidInput } from '../resource-files.ts';

/** Of a mesh whose settings stand nowhere in the files. */
const NO_MESH = 'mesh.example' as TrustDomain; // a trust domain, by inspection

/** The policies of a directory, and what the settings that stand beside them say. */
export interface PolicyDirectory {
  readonly policies: readonly PolicySource[];
  readonly trustDomain: TrustDomain;
  readonly headers: readonly string[];
}

/**
 * Reads the policies among the files of a directory, for `mesh` or else for the mesh that the settings among them
 * are of.
 *
 * @throws CliError INPUT_INVALID
 */
export function policyDirectory(
  files: readonly SourceFile[],
  mesh?: { readonly trustDomain: TrustDomain; readonly settings: MeshSettings },
): PolicyDirectory {
  const policies = files
    .filter(({ path }) => path.endsWith('.cedar'))
    .map(({ path, text }) => ({
      name: path.slice(path.lastIndexOf('/') + 1, -'.cedar'.length),
      path,
      text,
    }));
  if (mesh !== undefined) {
    const { trustDomain, settings } = mesh;
    return { policies, trustDomain, headers: settings.policyHeaders };
  }
  const written = files.flatMap((file) => settingsIn(file) ?? [])[0];
  if (written === undefined) return { policies, trustDomain: NO_MESH, headers: [] };
  const { trustDomain, source } = written;
  const parsed = parseResources([source], { trustDomain, namespace: DEFAULT_NAMESPACE });
  if (!parsed.ok) throw invalidInput(parsed.error);
  const headers = parsed.value.flatMap((resource) =>
    resource.kind === 'MeshSettings' ? resource.settings.policyHeaders : [],
  );
  return { policies, trustDomain, headers };
}

/** The settings of a file, alone and at their place; what else stands there is not judged here. */
function settingsIn({
  path,
  text,
}: SourceFile): { readonly trustDomain: TrustDomain; readonly source: SourceFile } | undefined {
  if (path.endsWith('.cedar')) return undefined;
  const documents = parseAllDocuments(text, { lineCounter: new LineCounter() });
  const all = Array.isArray(documents) ? documents : [];
  const settings = all.find((document) => document.get('kind') === 'MeshSettings');
  if (settings === undefined) return undefined;
  const [start, , end] = settings.contents?.range ?? [0, 0, text.length];
  const before = text.slice(0, start).replaceAll(/[^\n]/g, ' ');
  const named = settings.getIn(['spec', 'trustDomain']);
  const trustDomain = named === undefined ? NO_MESH : parsedDomain(String(named));
  return { trustDomain, source: { path, text: before + text.slice(start, end) } };
}

function parsedDomain(text: string): TrustDomain {
  const domain = parseTrustDomain(text);
  if (domain.ok) return domain.value;
  throw new CliError('INPUT_INVALID', domain.error);
}
