import { type Document, LineCounter, parseDocument } from 'yaml';
import { err, ok, type Problem, type Result } from '../core/index.ts';
import { placeAt, problemsOfIssues } from '../governance/index.ts';
import { nodeConfigDocument } from './config-document.ts';
import {
  type NodeConfig,
  type NodeSettingName,
  nodeSettingNames,
  nodeSettings,
} from './options.ts';

/** Where settings may come from; what stands first wins: flags, environment, file, default. */
export interface ConfigSources {
  /** As typed after the flag. */
  readonly flags: Readonly<Partial<Record<NodeSettingName, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly path: string; readonly text: string };
}

type Values = Partial<Record<NodeSettingName, unknown>>;

/**
 * Puts a node's configuration together. Every wrong setting of every source comes back at once, with
 * its place: `selvage.yaml:4:9`, `SELVAGE_LISTEN` or `--listen`.
 */
export function loadNodeConfig(sources: ConfigSources): Result<NodeConfig, readonly Problem[]> {
  const problems: Problem[] = [];
  const fromFile = sources.file === undefined ? {} : readFile(sources.file, problems);
  const values: Values = {};
  for (const name of nodeSettingNames) {
    const { flag, environment } = nodeSettings[name];
    const flagText = sources.flags[name];
    const variable = sources.environment[environment];
    if (flagText !== undefined) {
      values[name] = readText(name, flag.split(' ')[0] ?? flag, flagText, problems);
    } else if (variable !== undefined && variable !== '') {
      values[name] = readText(name, environment, variable, problems);
    } else {
      values[name] = fromFile[name];
    }
  }
  return problems.length > 0 ? err(problems) : ok(withDefaults(values));
}

function readText(
  name: NodeSettingName,
  source: string,
  text: string,
  problems: Problem[],
): unknown {
  const { schema, fromText } = nodeSettings[name];
  const parsed = schema.safeParse(fromText?.(text) ?? text);
  if (parsed.success) return parsed.data;
  const instead = parsed.error.issues[0]?.message ?? 'write something else';
  problems.push({ file: source, message: `'${text}': ${instead}` });
  return undefined;
}

function readFile(file: { path: string; text: string }, problems: Problem[]): Values {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    for (const { message, pos } of broken) {
      problems.push({ file: file.path, ...placeAt(lines, pos[0]), message });
    }
    return {};
  }
  const parsed = nodeConfigDocument.safeParse(document.toJS());
  if (!parsed.success) {
    const placed = { file: file.path, lines, document };
    problems.push(...problemsOfIssues(placed, nodeConfigDocument, parsed.error.issues));
    return {};
  }
  return valuesOf(document);
}

const valuesOf = (document: Document): Values =>
  Object.fromEntries(
    nodeSettingNames.map((name) => [name, document.getIn(nodeSettings[name].field)]),
  );

function withDefaults(values: Values): NodeConfig {
  const listen = String(values.listen ?? nodeSettings.listen.fallback);
  const filled = nodeSettingNames.map((name) => {
    const { fallback } = nodeSettings[name];
    const other = typeof fallback === 'object' ? fallback.from(listen) : fallback;
    return [name, values[name] ?? other];
  });
  // Each value passed the schema of its own setting, which is the type that NodeConfig gives it.
  return Object.fromEntries(filled) as unknown as NodeConfig;
}
