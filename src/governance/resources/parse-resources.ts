import { type Document, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { z } from 'zod';
import { err, formatProblem, isDnsLabel, ok, type Problem, type Result } from '../../core/index.ts';
import { MAX_TARGET_BYTES } from '../limits.ts';
import {
  type ResourceContext,
  toAuthentication,
  toService,
  toSettings,
  type WrongField,
} from './contents.ts';
import {
  type PlacedDocument,
  problemOfField,
  problemsOfIssues,
  suggestion,
} from './document-problems.ts';
import { authenticationDocument, serviceDocument, settingsDocument } from './documents.ts';
import { targetPath } from './encode-target.ts';
import { toAttestation, toRegistration, toRevocation } from './identity-contents.ts';
import {
  attestationDocument,
  registrationDocument,
  revocationDocument,
} from './identity-documents.ts';
import type { Resource } from './resource.ts';
import { type Place, placeAt, placeOfValue } from './yaml-places.ts';

/** A file as the caller read it; `path` is only shown, and names a policy. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A resource and where a person wrote it. */
export interface PlacedResource extends Place {
  readonly file: string;
  readonly resource: Resource;
  /** Where a field of it stands, such as `['spec', 'nodes', 0]`. */
  readonly placeOf: (path: readonly (string | number)[]) => Place;
}

const KINDS = [
  'Service',
  'Registration',
  'RequestAuthentication',
  'NodeAttestation',
  'Revocation',
  'MeshSettings',
] as const;

/**
 * Reads resources as people write them: `*.cedar` files are policies named after the file (their
 * text is the policy room's to judge), all others are YAML with any number of documents. All
 * problems of all files come back at once.
 */
export function parseResources(
  files: readonly SourceFile[],
  context: ResourceContext,
): Result<readonly Resource[], readonly Problem[]> {
  const placed = parsePlacedResources(files, context);
  return placed.ok ? ok(placed.value.map(({ resource }) => resource)) : placed;
}

/** As {@link parseResources}, with the place of each. */
export function parsePlacedResources(
  files: readonly SourceFile[],
  context: ResourceContext,
): Result<readonly PlacedResource[], readonly Problem[]> {
  const found: PlacedResource[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const read = file.path.endsWith('.cedar') ? readPolicy(file, context) : readYaml(file, context);
    found.push(...read.found);
    problems.push(...read.problems);
  }
  problems.push(...duplicates(found));
  return problems.length > 0 ? err(problems) : ok(found);
}

interface Reading {
  readonly found: readonly PlacedResource[];
  readonly problems: readonly Problem[];
}

function readPolicy({ path, text }: SourceFile, { typedNamespace }: ResourceContext): Reading {
  const name = path.slice(path.lastIndexOf('/') + 1, -'.cedar'.length);
  const bytes = Buffer.byteLength(text);
  const wrong = !isDnsLabel(name)
    ? `'${name}' is no policy name: call the file <name>.cedar with a name of a-z, 0-9 and '-'`
    : bytes > MAX_TARGET_BYTES
      ? `it has ${bytes} bytes: split it into files of at most ${MAX_TARGET_BYTES}`
      : undefined;
  if (wrong !== undefined) return { found: [], problems: [{ file: path, message: wrong }] };
  const about = typedNamespace === undefined ? {} : { namespace: typedNamespace };
  const resource: Resource = { kind: 'Policy', policy: { name, ...about, text } };
  const start = { line: 1, column: 1 };
  return { found: [{ file: path, ...start, resource, placeOf: () => start }], problems: [] };
}

function readYaml({ path: file, text }: SourceFile, context: ResourceContext): Reading {
  const lines = new LineCounter();
  const found: PlacedResource[] = [];
  const problems: Problem[] = [];
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  for (const document of Array.isArray(documents) ? documents : []) {
    // What follows a mistake of syntax is read wrongly: the first is what to correct.
    const syntax = document.errors.slice(0, 1);
    const broken = [...syntax, ...document.warnings, ...aliasesIn(document)];
    problems.push(
      ...broken.map(({ message, pos }) => ({ file, ...placeAt(lines, pos[0]), message })),
    );
    const isEmpty = isScalar(document.contents) && document.contents.value === null;
    if (broken.length > 0 || isEmpty) continue;
    const placed = { file, lines, document };
    const read = readDocument(placed, context);
    if (read.ok) problems.push(...otherNamespace(placed, context));
    const placeOf = (path: readonly (string | number)[]) => placeOfValue(document, lines, path);
    if (read.ok) found.push({ file, ...placeOf([]), resource: read.value, placeOf });
    else problems.push(...read.error);
  }
  return { found, problems };
}

/** Aliases are refused: they save little in a resource, and can unfold to any size. */
function aliasesIn(document: Document.Parsed): { message: string; pos: [number, number] }[] {
  const found: { message: string; pos: [number, number] }[] = [];
  visit(document, {
    Alias(_, { source, range }) {
      const at = range?.[0] ?? 0;
      found.push({ message: `'*${source}' is an alias: write the value out`, pos: [at, at] });
    },
  });
  return found;
}

function readDocument(
  placed: PlacedDocument,
  context: ResourceContext,
): Result<Resource, readonly Problem[]> {
  const kind = placed.document.get('kind');
  switch (kind) {
    case 'Service':
      return read(placed, serviceDocument, (document) => {
        const service = toService(document, context);
        return service.ok ? ok({ kind, service: service.value }) : service;
      });
    case 'Registration':
      return read(placed, registrationDocument, (document) =>
        ok({ kind, registration: toRegistration(document, context) }),
      );
    case 'RequestAuthentication':
      return read(placed, authenticationDocument, (document) => {
        const authentication = toAuthentication(document);
        return authentication.ok
          ? ok({ kind, authentication: authentication.value })
          : authentication;
      });
    case 'Revocation':
      return read(placed, revocationDocument, (document) => {
        const revocation = toRevocation(document, context);
        return revocation.ok ? ok({ kind, revocation: revocation.value }) : revocation;
      });
    case 'NodeAttestation':
      return read(placed, attestationDocument, (document) =>
        ok({ kind, attestation: toAttestation(document) }),
      );
    case 'MeshSettings':
      return read(placed, settingsDocument, (document) => {
        const settings = toSettings(document, context);
        return settings.ok ? ok({ kind, settings: settings.value }) : settings;
      });
    default: {
      const message = suggestion(typeof kind === 'string' ? kind : '', KINDS);
      return err([problemOfField(placed, { path: ['kind'], message })]);
    }
  }
}

/** What was typed must not be passed over in silence: it may be misspelt, or the file another than was meant. */
function otherNamespace(placed: PlacedDocument, { typedNamespace }: ResourceContext): Problem[] {
  const path = ['metadata', 'namespace'];
  const named = placed.document.getIn(path);
  if (typedNamespace === undefined || named === undefined || named === typedNamespace) return [];
  const message = `write ${typedNamespace}, which --namespace asks for, or leave --namespace out`;
  return [problemOfField(placed, { path, message })];
}

function read<T>(
  placed: PlacedDocument,
  schema: z.ZodType<T>,
  convert: (document: T) => Result<Resource, readonly WrongField[]>,
): Result<Resource, readonly Problem[]> {
  const parsed = schema.safeParse(placed.document.toJS());
  if (!parsed.success) return err(problemsOfIssues(placed, schema, parsed.error.issues));
  const converted = convert(parsed.data);
  if (converted.ok) return converted;
  return err(converted.error.map((wrong) => problemOfField(placed, wrong)));
}

function duplicates(found: readonly PlacedResource[]): Problem[] {
  const first = new Map<string, PlacedResource>();
  return found.flatMap((here) => {
    const path = targetPath(here.resource);
    const earlier = first.get(path);
    if (earlier === undefined) {
      first.set(path, here);
      return [];
    }
    const { file, line, column } = here;
    const at = formatProblem({ ...earlier, message: '' }).slice(0, -': '.length);
    const message = `the same ${here.resource.kind} stands at ${at}: keep one of them`;
    return [{ file, line, column, message }];
  });
}
