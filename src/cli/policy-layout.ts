import { cedarWasm, listFiles, writeFileAtomic } from '../platform/index.ts';
import { formatPolicies, loadCedar } from '../policy/index.ts';
import { invalidInput, readSourceFile } from './resource-files.ts';

/** A Cedar file, laid out. */
export interface LaidOutFile {
  readonly path: string;
  readonly text: string;
  readonly isChanged: boolean;
}

/**
 * Lays out the Cedar files at `paths`, and writes those that change when `write` is set: all, or none if one of
 * them does not parse.
 *
 * @throws CliError INPUT_INVALID
 */
export function formatFiles(paths: readonly string[], write: boolean): readonly LaidOutFile[] {
  const cedar = loadCedar(cedarWasm());
  const files = listFiles(paths, ['.cedar']).map((path) => {
    const { text } = readSourceFile(path);
    return { path, text, formatted: formatPolicies(cedar, { name: path, path, text }) };
  });
  const problems = files.flatMap(({ formatted }) => (formatted.ok ? [] : formatted.error));
  if (problems.length > 0) throw invalidInput(problems);
  const laidOut = files.flatMap(({ path, text, formatted }) =>
    formatted.ok ? [{ path, text: formatted.value, isChanged: formatted.value !== text }] : [],
  );
  for (const { path, text, isChanged } of write ? laidOut : []) {
    if (isChanged) writeFileAtomic(path, text);
  }
  return laidOut;
}
