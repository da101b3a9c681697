import type { Problem } from '../core/index.ts';
import {
  type MeshSettings,
  type PlacedResource,
  parsePlacedResources,
  type Resource,
  type ResourceContext,
  type SourceFile,
  type TrustSet,
} from '../governance/index.ts';
import { listFiles, readTextFile } from '../platform/index.ts';
import { CliError } from './errors.ts';
import { policyProblems } from './policy-check.ts';
import { TABLE_FILE } from './table-file.ts';

const EXTENSIONS = ['.yaml', '.yml', '.cedar'] as const;
/** Largest file that is read, bytes: several hundred resources. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

export const readSourceFile = (path: string): SourceFile => ({
  path,
  text: readTextFile(path, MAX_FILE_BYTES),
});

/** The resource files below `paths`, as text; tables of tests are none. */
export const readResourceFiles = (paths: readonly string[]): SourceFile[] =>
  listFiles(paths, EXTENSIONS)
    .filter((path) => !TABLE_FILE.test(path))
    .map(readSourceFile);

/**
 * Reads resources, all mistakes at once.
 *
 * @throws CliError INPUT_INVALID, NOTHING_TO_CHANGE
 */
export function parseResourceFiles(
  files: readonly SourceFile[],
  context: ResourceContext,
): readonly PlacedResource[] {
  const parsed = parsePlacedResources(files, context);
  if (!parsed.ok) throw invalidInput(parsed.error);
  if (parsed.value.length > 0) return parsed.value;
  const where = files.map(({ path }) => path).join(', ');
  throw new CliError(
    'NOTHING_TO_CHANGE',
    files.length === 0
      ? 'no file of resources stands there; directories below it are not searched'
      : `no resource stands in ${where}`,
  );
}

/**
 * Judges the policies as they would be in force together: those of `files` and those that stay.
 *
 * @throws CliError INPUT_INVALID
 */
export function refuseBadPolicies(
  resources: readonly Resource[],
  files: readonly SourceFile[],
  inForce: TrustSet,
): void {
  const settings = settingsAfter(resources, inForce);
  const problems = policyProblems(resources, files, settings, inForce);
  if (problems.length > 0) throw invalidInput(problems);
}

/** The settings as they would be in force once `resources` are. */
export const settingsAfter = (resources: readonly Resource[], inForce: TrustSet): MeshSettings =>
  resources.flatMap((resource) =>
    resource.kind === 'MeshSettings' ? [resource.settings] : [],
  )[0] ?? inForce.settings;

export function invalidInput(problems: readonly Problem[]): CliError {
  const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
  return new CliError('INPUT_INVALID', `${count}, listed above; nothing was changed`, { problems });
}
