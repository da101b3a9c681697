import { byText, type Namespace, type Problem } from '../core/index.ts';
import type { Cedar, CedarComplaint } from './cedar.ts';
import { namespaceProblem } from './policy-bounds.ts';
import { type Draft, problemIn, readStatement, unknownAttribute } from './policy-statement.ts';
import type { PolicySchema } from './schema.ts';
import { type Statement, statementsOf } from './statements.ts';

/** A Cedar file; the trust repository's `PolicyFile` is one. */
export interface PolicySource {
  /** The file's name without `.cedar`, unique in its set and namespace. */
  readonly name: string;
  /** Its policies bind calls of this namespace's services only; without one, all calls. */
  readonly namespace?: Namespace;
  readonly text: string;
  /** Where a person finds it, for messages; `[<namespace>/]<name>.cedar` when left out. */
  readonly path?: string;
  /** Version of the list that brought this text, where it is in force. */
  readonly since?: string;
}

/** What stands in some files: policies that are right by themselves, and all that is wrong. */
export interface PoliciesRead {
  /** Each with an id of its own. */
  readonly drafts: readonly Draft[];
  readonly problems: readonly FileProblem[];
  /** Policies whose own id another one has; those of a namespace are drafts all the same, under a further one. */
  readonly taken: readonly FileProblem[];
}

export interface FileProblem extends Problem {
  /** The file that it is about; none where it is about all. */
  readonly source: PolicySource | undefined;
}

export const filePath = ({ name, namespace, path }: PolicySource): string =>
  path ?? `${namespace === undefined ? '' : `${namespace}/`}${name}.cedar`;

/**
 * Reads files and checks each policy against the schema: syntax, annotations, cost, types, and policies that can
 * never apply. Those of the whole mesh are read first, so that their ids are always as they are written.
 */
export function readPolicyFiles(
  cedar: Cedar,
  files: readonly PolicySource[],
  schema: PolicySchema,
): PoliciesRead {
  const drafts = new Map<string, Draft>();
  const problems: FileProblem[] = [];
  const taken: FileProblem[] = [];
  const byNamespace = Map.groupBy(files, ({ namespace }) => namespace ?? '');
  for (const namespace of [...byNamespace.keys()].toSorted()) {
    const own = readSources(cedar, byNamespace.get(namespace) ?? [], schema);
    problems.push(...own.problems);
    const named: Draft[] = [];
    for (const draft of own.drafts) {
      const earlier = drafts.get(draft.id);
      if (earlier !== undefined) taken.push(takenProblem(draft, earlier));
      if (earlier !== undefined && namespace === '') continue;
      const free = { ...draft, id: freeId(draft.id, drafts) };
      drafts.set(free.id, free);
      named.push(free);
    }
    problems.push(...typeProblems(cedar, named, schema));
  }
  return { drafts: [...drafts.values()], problems, taken };
}

/** The policies of one namespace's files, or of the mesh's. */
function readSources(
  cedar: Cedar,
  sources: readonly PolicySource[],
  schema: PolicySchema,
): Pick<PoliciesRead, 'drafts' | 'problems'> {
  const drafts: Draft[] = [];
  const problems: FileProblem[] = [];
  const names = new Set<string>();
  const spent = { policies: 0, characters: 0 };
  for (const source of sources) {
    const { name, namespace, text } = source;
    const file = filePath(source);
    if (names.has(name)) {
      const message = `a second file named '${name}': give it another name`;
      problems.push({ source, file, message });
      continue;
    }
    names.add(name);
    const statements = statementsOf(text);
    spent.policies += statements.length;
    spent.characters += text.length;
    const tooMuch = namespace === undefined ? undefined : namespaceProblem(namespace, spent);
    if (tooMuch !== undefined) {
      problems.push({ source, file, message: tooMuch });
      continue;
    }
    for (const [index, statement] of statements.entries()) {
      const draft = readGuarded(cedar, schema, { source, statement, number: index + 1 });
      if ('id' in draft) drafts.push(draft);
      else problems.push(...draft);
    }
  }
  return { drafts, problems };
}

/** A policy over which the engine fails is a policy that cannot be read. */
function readGuarded(
  cedar: Cedar,
  schema: PolicySchema,
  place: Pick<Draft, 'source' | 'statement'> & { readonly number: number },
): Draft | readonly FileProblem[] {
  const { source, statement } = place;
  const file = filePath(source);
  try {
    const draft = readStatement(cedar, schema, { ...place, file });
    return draft.ok ? draft.value : draft.error.map((problem) => ({ ...problem, source }));
  } catch (error) {
    return [{ ...failure(file, error), ...placeOf(statement), source }];
  }
}

const placeOf = ({ line, column }: Statement) => ({ line, column });

const failure = (file: string, error: unknown): Problem => ({
  file,
  message: `the policy engine failed: ${error instanceof Error ? error.message : error}`,
});

/** `id`, or with the first number behind `~`, which stands in no id that is written, that makes it another one. */
function freeId(id: string, taken: ReadonlyMap<string, unknown>): string {
  if (!taken.has(id)) return id;
  let number = 2;
  while (taken.has(`${id}~${number}`)) number += 1;
  return `${id}~${number}`;
}

function takenProblem(draft: Draft, earlier: Draft): FileProblem {
  const { id, file, statement, source } = draft;
  const place = `${earlier.file}:${earlier.statement.line}`;
  const message = `the policy id '${id}' is taken by ${place}; give this one another @id("…")`;
  return { source, file, ...placeOf(statement), message };
}

function typeProblems(
  cedar: Cedar,
  drafts: readonly Draft[],
  schema: PolicySchema,
): readonly FileProblem[] {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const texts = Object.fromEntries(drafts.map(({ id, statement }) => [id, statement.text]));
  const [first] = drafts;
  try {
    return withoutRepeats(cedar.validate(texts, schema)).map((complaint) => {
      const draft = byId.get(complaint.id);
      if (draft === undefined) {
        return { source: first?.source, file: complaint.id, message: complaint.message };
      }
      const problem =
        unknownAttribute(draft, complaint) ?? problemIn(draft.file, draft.statement, complaint);
      return { ...problem, source: draft.source };
    });
  } catch (error) {
    return [{ ...failure(first?.file ?? '', error), source: first?.source }];
  }
}

/** Cedar checks a policy for each action that it may be about; one mistake is told once. */
function withoutRepeats<T extends CedarComplaint & { readonly id: string }>(
  complaints: readonly T[],
): T[] {
  const same = Map.groupBy(complaints, ({ id, start, message }) =>
    JSON.stringify([id, start, message.replace(ACTION, '')]),
  );
  return [...same.values()].flatMap((repeats) => {
    const [first, ...more] = repeats.toSorted(byText(({ message }) => message));
    if (first === undefined || more.length === 0) return first ?? [];
    const message = first.message.replace(ACTION, (action) => `${action} and ${more.length} more`);
    return [{ ...first, message }];
  });
}

const ACTION = /\bAction::"[^"]*"/;
