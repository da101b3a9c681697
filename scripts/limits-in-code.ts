import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A named limit of the program, as its file says it. */
export interface Limit {
  readonly name: string;
  readonly value: number;
  readonly reason: string;
  /** Path from the root of the repository. */
  readonly file: string;
}

const root = join(import.meta.dir, '..');
/** Programs outside the mesh, and what tests need. */
const LEFT_OUT = /^demo\/|\/testing\/|\.test\.ts$/;
/** Every constant of these files is a limit; of others, those that are named like one. */
const WHOLE_FILES = /(^|\/)(limits|lives)\.ts$/;
const LIMIT_NAME = /^(MAX|LONGEST|WANTED|CACHED)_|_MS(\.|$)/;

const COMMENT = /^\s*\/\*\*\s*(.*?)\s*\*\/$/;
const CONSTANT =
  /^(export )?const ([A-Z][A-Z0-9_]*)(?:: [^=]+)? = (?:([\d_][^;{]*)|([A-Z][^;{]*)|\{(.*)\}[^;]*);(?: \/\/ (.*))?$/;
const OBJECT = /^export const ([A-Z][A-Z0-9_]*)(?:: [^=]+)? = \{$/;
const ENTRY = /(\w+): ([\w* <]+),?/;

/** Every limit below `src/` that has a reason, in order of file and place. */
export async function listLimits(): Promise<Limit[]> {
  const limits: Limit[] = [];
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((path) => path.endsWith('.ts')).sort()) {
    if (!LEFT_OUT.test(file)) limits.push(...(await limitsOf(join('src', file))));
  }
  return limits;
}

async function limitsOf(file: string): Promise<Limit[]> {
  const text = readFileSync(join(root, file), 'utf8');
  const isWhole = WHOLE_FILES.test(file);
  const found = statementsOf(text, isWhole).filter(
    ({ name, reason }) => reason !== '' && (isWhole || LIMIT_NAME.test(name)),
  );
  if (found.length === 0) return [];
  const isExported = found.some(({ exported }) => exported);
  const exports: Record<string, unknown> = isExported ? await import(join(root, file)) : {};
  return found.flatMap(({ name, expression, reason }) => {
    const value = exported(exports, name) ?? productOf(expression);
    return value === undefined ? [] : [{ name, value, reason, file }];
  });
}

/** The value that a module exports under `NAME` or `NAME.key`. */
function exported(exports: Record<string, unknown>, name: string): number | undefined {
  const [outer = '', key] = name.split('.');
  const value = exports[outer];
  if (key === undefined) return typeof value === 'number' ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const inner: unknown = Object.entries(value).find(([entry]) => entry === key)?.[1];
  return typeof inner === 'number' ? inner : undefined;
}

/** Of a constant that its file keeps to itself: numbers and `*` are all that it is made of. */
function productOf(expression: string): number | undefined {
  const factors = expression.split('*').map((part) => Number(part.trim().replaceAll('_', '')));
  const product = factors.reduce((all, factor) => all * factor, 1);
  return Number.isFinite(product) ? product : undefined;
}

interface Statement {
  readonly name: string;
  readonly expression: string;
  readonly exported: boolean;
  readonly reason: string;
}

/**
 * Constants with the comment right above them; where `inherits`, it holds for all that follow it
 * without a gap. A comment that draws something is about more than the constant below it.
 */
function statementsOf(text: string, inherits: boolean): Statement[] {
  const statements: Statement[] = [];
  let reason = '';
  let object: string | undefined;
  for (const line of onOneLine(text).split('\n')) {
    const comment = COMMENT.exec(line)?.[1];
    const constant = CONSTANT.exec(line);
    const entry = object === undefined ? null : ENTRY.exec(line);
    if (line === '') reason = '';
    if (comment !== undefined) reason = comment.includes('    ') ? '' : comment;
    else if (OBJECT.test(line)) object = OBJECT.exec(line)?.[1];
    else if (line.startsWith('}')) object = undefined;
    else if (entry !== null) {
      const [, key = '', expression = ''] = entry;
      statements.push({ name: `${object}.${key}`, expression, exported: true, reason });
    } else if (constant !== null) {
      const [, mark, name = '', number, alias, inner = '', note] = constant;
      const base = { exported: mark !== undefined, reason: note ?? reason };
      const expression = number ?? alias;
      if (expression !== undefined) statements.push({ name, expression, ...base });
      for (const [, key, part = ''] of inner.matchAll(/(\w+): ([\w*. ]+)/g)) {
        statements.push({ name: `${name}.${key}`, expression: part, ...base });
      }
      if (!inherits) reason = '';
    }
  }
  return statements;
}

/** Doc comments of several lines as one. */
const onOneLine = (text: string): string =>
  text.replaceAll(/\/\*\*[\s\S]*?\*\//g, (comment) =>
    comment.replaceAll(/\s*\n\s*(?:\*(?!\/) ?)?/g, ' '),
  );
