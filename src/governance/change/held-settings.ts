import { listedTargets, type Repository, type TrustFiles } from '../repository/index.ts';
import {
  DEFAULT_SETTINGS,
  decodeTarget,
  decodeTrustDomain,
  SETTINGS_PATH,
} from '../resources/index.ts';
import type { MeshSettings } from '../trust-set.ts';

/** The settings that a repository holds. One that was verified has some. */
export function heldSettings({
  targets,
  files,
}: Pick<Repository, 'targets'> & { readonly files: Pick<TrustFiles, 'contents'> }): MeshSettings {
  const listed = listedTargets(targets).find(({ path }) => path === SETTINGS_PATH);
  const bytes = files.contents.get(listed?.sha256 ?? '') ?? new Uint8Array();
  const trustDomain = decodeTrustDomain(bytes);
  if (!trustDomain.ok) return DEFAULT_SETTINGS;
  const content = decodeTarget(SETTINGS_PATH, bytes, trustDomain.value);
  return content.ok && content.value.kind === 'MeshSettings'
    ? content.value.settings
    : DEFAULT_SETTINGS;
}
