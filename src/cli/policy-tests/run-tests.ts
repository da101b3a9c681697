import type { Problem, TrustDomain } from '../../core/index.ts';
import type { MeshSettings, SourceFile } from '../../governance/index.ts';
import { cedarWasm, listFiles } from '../../platform/index.ts';
import { type CedarEngine, createEngine, loadCedar } from '../../policy/index.ts';
import { CliError } from '../errors.ts';
import { invalidInput, readSourceFile } from '../resource-files.ts';
import { TABLE_FILE } from '../table-file.ts';
import { policyDirectory } from './policy-directory.ts';
import { differences } from './table-run.ts';
import { readTable, type TestTable } from './test-table.ts';

/** The mesh whose policies are tested: its settings as they would be in force. */
export interface TestedMesh {
  readonly trustDomain: TrustDomain;
  readonly settings: MeshSettings;
}

/** A table that was run. */
export interface TableReport {
  readonly file: string;
  readonly cases: number;
  readonly differences: readonly Problem[];
}

/**
 * Runs the tables at `paths` (files, or directories that hold some; beside a policy those of its directory), each
 * against the policies of its own directory.
 *
 * @throws CliError INPUT_INVALID for tables and policies with mistakes
 */
export function runPolicyTests(paths: readonly string[], mesh?: TestedMesh): TableReport[] {
  const byDirectory = Map.groupBy(new Set(paths.flatMap(tablesAt)), directoryOf);
  return [...byDirectory].flatMap(([directory, files]) => {
    const tables = readTables(files.map(readSourceFile));
    const engine = engineOf(directory, mesh);
    return tables.map((table) => ({
      file: table.file,
      cases: table.cases.length,
      differences: differences(table, engine),
    }));
  });
}

/**
 * Runs the tables beside the policies at `paths`.
 *
 * @throws CliError INPUT_INVALID, POLICY_TEST_FAILED
 */
export function refuseFailingTests(paths: readonly string[], mesh?: TestedMesh): void {
  refuseDifferences(runPolicyTests(paths, mesh));
}

/** @throws CliError POLICY_TEST_FAILED */
export function refuseDifferences(reports: readonly TableReport[]): void {
  const problems = reports.flatMap((report) => report.differences);
  if (problems.length === 0) return;
  const cases = reports.reduce((sum, report) => sum + report.cases, 0);
  throw new CliError(
    'POLICY_TEST_FAILED',
    `${counted(problems.length, 'difference')} in ${counted(cases, 'case')}, listed above`,
    { problems },
  );
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1) || './';

const tablesAt = (path: string): string[] => {
  if (TABLE_FILE.test(path)) return [path];
  const place = /\.(cedar|ya?ml)$/.test(path) ? directoryOf(path) : path;
  return listFiles([place], ['.test.yaml', '.test.yml']);
};

function readTables(files: readonly SourceFile[]): TestTable[] {
  const tables: TestTable[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const table = readTable(file);
    if (table.ok) tables.push(table.value);
    else problems.push(...table.error);
  }
  if (problems.length > 0) throw invalidInput(problems);
  return tables;
}

function engineOf(directory: string, mesh: TestedMesh | undefined): CedarEngine {
  const files = listFiles([directory], ['.cedar', '.yaml', '.yml'])
    .filter((path) => !TABLE_FILE.test(path))
    .map(readSourceFile);
  const engine = createEngine({ cedar: loadCedar(cedarWasm()), ...policyDirectory(files, mesh) });
  if (engine.ok) return engine.value;
  throw invalidInput(engine.error);
}
