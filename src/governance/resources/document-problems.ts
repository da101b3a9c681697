import type { Document, LineCounter } from 'yaml';
import { z } from 'zod';
import { closest, type Problem } from '../../core/index.ts';
import type { WrongField } from './contents.ts';
import { type Place, placeOfKey, placeOfValue } from './yaml-places.ts';

/** A document of a file, with what is needed to say where in the file something is wrong. */
export interface PlacedDocument {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document.Parsed;
}

const MAX_SHOWN_CHARS = 60;

/** Puts the place, the field's name and what was written in front of what to write instead. */
export function problemOfField(placed: PlacedDocument, { path, message }: WrongField): Problem {
  const written = placed.document.getIn(path);
  const place = placeOfValue(placed.document, placed.lines, path);
  const state = written === undefined ? 'is missing' : `is ${shown(written)}`;
  return problemAt(placed, place, `${nameOf(path)} ${state}: ${message}`);
}

/** Every issue that `schema` found in a document, unknown fields with the nearest known one. */
export function problemsOfIssues(
  placed: PlacedDocument,
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code !== 'unrecognized_keys') {
      return [problemOfField(placed, { path, message: issue.message })];
    }
    const known = knownFields(schema, path);
    return issue.keys.map((key) => {
      const place = placeOfKey(placed.document, placed.lines, path, key);
      const name = nameOf([...path, key]);
      return problemAt(placed, place, `${name} is no known field: ${suggestion(key, known)}`);
    });
  });
}

/** `did you mean x?` where one is near, else all that could be written. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  return near === undefined ? `write one of ${known.join(', ')}` : `did you mean ${near}?`;
}

const problemAt = (
  { file }: PlacedDocument,
  { line, column }: Place,
  message: string,
): Problem => ({
  file,
  line,
  column,
  message,
});

const nameOf = (path: readonly (string | number)[]): string =>
  path.length === 0 ? 'the document' : path.join('.').replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]');

function shown(value: unknown): string {
  if (value === null) return 'empty';
  if (typeof value === 'object') return 'a list or block';
  const text = typeof value === 'string' ? `'${value}'` : String(value);
  return text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text;
}

/** The field names of the object schema at `path`, looking through optional and read-only. */
function knownFields(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let at: unknown = unwrapped(schema);
  for (const part of path) {
    if (at instanceof z.ZodObject) at = unwrapped(at.shape[part]);
    else at = at instanceof z.ZodArray ? unwrapped(at.element) : undefined;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

const unwrapped = (schema: unknown): unknown =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly
    ? unwrapped(schema.unwrap())
    : schema;
