import { LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { err, ok, type Problem, type Result } from '../../core/index.ts';
import {
  API_VERSION,
  type Place,
  type PlacedDocument,
  placeAt,
  placeOfValue,
  problemsOfIssues,
  type SourceFile,
} from '../../governance/index.ts';

/** Cases of one table: some thousand take a second. */
const MAX_CASES = 1_000;

const texts = z.record(z.string(), z.string('write a text'), 'write a block of texts');
const name = z.string('write a name').min(1, 'write a name');

const userSchema = z.strictObject(
  {
    issuer: name,
    subject: name,
    groups: z.array(name, 'write a list of groups').default([]),
    claims: texts.default({}),
  },
  'write a block with issuer and subject',
);

/** What the deciding sidecar knows of any request. */
const surroundings = {
  sourceIp: name.optional(),
  port: z.int('write a port').optional(),
  risk: z.int('write a number from 0 to 100').optional(),
  time: z.iso
    .datetime({ offset: true, error: 'write a time such as 2026-11-20T09:00:00Z' })
    .optional(),
  locality: name.optional(),
  tls: z
    .strictObject(
      { version: name, resumed: z.boolean('write true or false').default(false) },
      'write a block with version',
    )
    .optional(),
};

/** What policies tell apart, as `context.protocol` does. */
const CASE_PROTOCOLS = ['http', 'grpc', 'tcp', 'udp'] as const;
export type CaseProtocol = (typeof CASE_PROTOCOLS)[number];

const caseSchema = z.strictObject(
  {
    name: name.optional(),
    from: name,
    to: name,
    protocol: z.enum(CASE_PROTOCOLS, 'write http, grpc, tcp or udp').optional(),
    method: name.optional(),
    path: z.string('write a path').startsWith('/', 'write a path that begins with /').optional(),
    host: name.optional(),
    headers: texts.optional(),
    ...surroundings,
    user: userSchema.optional(),
    expect: z.enum(['allow', 'deny'], 'write allow or deny'),
    by: z.array(name, 'write a list of policy ids').optional(),
    audit: z.array(name, 'write a list of policy ids').optional(),
  },
  'write a block of fields',
);

const tableSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION, `write ${API_VERSION}`),
  kind: z.literal('PolicyTest', 'write PolicyTest'),
  defaults: z.strictObject(surroundings, 'write a block of fields').default({}),
  cases: z
    .array(caseSchema, 'write a list of cases')
    .min(1, 'write at least one case')
    .max(MAX_CASES, `write at most ${MAX_CASES} cases`),
});

/** A request, and what is expected of its decision. */
export type TestCase = z.output<typeof caseSchema>;

/** Cases of one file; each field knows its place. */
export interface TestTable {
  readonly file: string;
  readonly cases: readonly TestCase[];
  placeOf(index: number, field: keyof TestCase): Place;
}

/** Reads a table, all mistakes at once. */
export function readTable({ path: file, text }: SourceFile): Result<TestTable, readonly Problem[]> {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const [document, ...more] = Array.isArray(parsed) ? parsed : [];
  if (document === undefined || more.length > 0) {
    const message = `a test file has one document, and this one has ${more.length === 0 ? 'none' : more.length + 1}`;
    return err([{ file, message }]);
  }
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return err(broken.map(({ message, pos }) => ({ file, ...placeAt(lines, pos[0]), message })));
  }
  const placed: PlacedDocument = { file, lines, document };
  const table = tableSchema.safeParse(document.toJS());
  if (!table.success) return err(problemsOfIssues(placed, tableSchema, table.error.issues));
  const { cases, defaults } = table.data;
  return ok({
    file,
    cases: cases.map((one) => ({ ...defaults, ...one })),
    placeOf: (index, field) => placeOfValue(document, lines, ['cases', index, field]),
  });
}
