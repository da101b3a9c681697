import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm';
import { err, ok, type Result } from '../core/index.ts';
import type {
  Cedar,
  CedarComplaint,
  CedarFunctions,
  ParsedStatement,
  PolicyTexts,
} from './cedar.ts';
import {
  type JsonObject,
  type SchemaFacts,
  schemaFactsOf,
  withExactLongs,
} from './compile/index.ts';
import { ParsedSlots } from './parsed-slots.ts';
import { type PolicySchema, policySchema } from './schema.ts';

/** The engine of a module that runs; what it has parsed is gone when the module is. */
export type RunningCedar = Omit<Cedar, 'release'>;

/** What the engine answered: it is as good as before. Whatever else it throws may have left it broken. */
export class CedarRefusal extends Error {}

/** The official engine, in this room's terms. */
export const officialCedar = (library: CedarFunctions): RunningCedar => ({
  parse: (statement) => parse(library, statement),
  textOf: (json) => textOf(library, json),
  validate: (policies, schema) => validate(library, policies, schema),
  schemaFacts: () => schemaFacts(library),
  authorize: authorizer(library),
  format: (text) => format(library, text),
});

/**
 * What is in force, what was a moment ago, and what is being tried: up to three sets of policies each (enforced,
 * and in audit mode those that permit and those that forbid).
 */
const PARSED_SETS = 12;
const PARSED_SCHEMAS = 4;

function parse(
  library: CedarFunctions,
  statement: string,
): Result<ParsedStatement, readonly CedarComplaint[]> {
  const answer = library.policyToJson(statement);
  if (answer.type === 'success') {
    // An annotation without a value is null in the JSON, which the library's types do not say.
    const annotations: Readonly<Record<string, string | null>> = answer.json.annotations ?? {};
    return ok({
      effect: answer.json.effect,
      annotations,
      json: jsonOf(library, statement, answer.json),
    });
  }
  const parts = library.policySetTextToParts(statement);
  if (parts.type === 'success' && parts.policy_templates.length > 0) {
    const message =
      'a template: nothing fills its slot (?principal, ?resource) in; write the policy out for each of them';
    return err([{ message, start: answer.errors[0]?.sourceLocations?.[0]?.start ?? 0 }]);
  }
  return err(answer.errors.map(complaint));
}

/** The library gives integers as numbers, so those beyond 2^53 are written apart and parsed once more. */
function jsonOf(library: CedarFunctions, statement: string, json: PolicyJson): JsonObject {
  const exact = withExactLongs(statement);
  const again = exact === statement ? undefined : library.policyToJson(exact);
  if (again?.type === 'failure') throw new CedarRefusal(words(again.errors));
  // The library's type names the same JSON, but leaves open what Cedar's documentation leaves open.
  return (again?.json ?? json) as unknown as JsonObject;
}

function textOf(library: CedarFunctions, json: JsonObject): string {
  // What the library gave, as JSON text and back.
  const answer = library.policyToText(json as unknown as PolicyJson);
  if (answer.type === 'failure') throw new CedarRefusal(words(answer.errors));
  return answer.text;
}

function validate(
  library: CedarFunctions,
  policies: PolicyTexts,
  schema: PolicySchema,
): readonly (CedarComplaint & { readonly id: string })[] {
  const answer = library.validate({
    schema: schema.text,
    policies: { staticPolicies: { ...policies } },
    validationSettings: { mode: 'strict' },
  });
  if (answer.type === 'failure') {
    return answer.errors.map((error) => ({ id: '', ...complaint(error) }));
  }
  const { validationErrors, validationWarnings } = answer;
  const withErrors = new Set(validationErrors.map(({ policyId }) => policyId));
  // Beside an error the warnings only say again that the policy cannot apply.
  return [
    ...validationErrors,
    ...validationWarnings.filter((w) => !withErrors.has(w.policyId)),
  ].map(({ policyId, error }) => ({ id: policyId, ...complaint(error) }));
}

function schemaFacts(library: CedarFunctions): SchemaFacts {
  const answer = library.schemaToJsonWithResolvedTypes(policySchema().text);
  if (answer.type === 'failure') throw new CedarRefusal(words(answer.errors));
  // As with policies, the library's type is looser than the JSON.
  return schemaFactsOf(answer.json as unknown as JsonObject);
}

function authorizer(library: CedarFunctions): Cedar['authorize'] {
  const sets = new ParsedSlots<PolicyTexts>('set', PARSED_SETS, (name, policies) => {
    const parsed = library.preparsePolicySet(name, { staticPolicies: { ...policies } });
    if (parsed.type === 'failure') throw new CedarRefusal(words(parsed.errors));
  });
  const schemas = new ParsedSlots<PolicySchema>('schema', PARSED_SCHEMAS, (name, { text }) => {
    const parsed = library.preparseSchema(name, text);
    if (parsed.type === 'failure') throw new CedarRefusal(words(parsed.errors));
  });
  return (policies, question, schema) => {
    const answer = library.statefulIsAuthorized({
      ...question,
      preparsedPolicySetId: sets.nameOf(policies),
      preparsedSchemaName: schemas.nameOf(schema),
      validateRequest: true,
    });
    if (answer.type === 'failure') throw new CedarRefusal(words(answer.errors));
    const { decision, diagnostics } = answer.response;
    return {
      allowed: decision === 'allow',
      policies: diagnostics.reason.toSorted(),
      errors: diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`),
    };
  };
}

/** At most this many characters a line: as this project's own files. */
const LINE_WIDTH = 100;

function format(library: CedarFunctions, text: string): Result<string, readonly CedarComplaint[]> {
  const answer = library.formatPolicies({
    policyText: text,
    lineWidth: LINE_WIDTH,
    indentWidth: 2,
  });
  return answer.type === 'success'
    ? ok(answer.formatted_policy)
    : err(answer.errors.map(complaint));
}

const words = (errors: readonly DetailedError[]): string =>
  errors.map((error) => complaint(error).message).join('; ');

/** Cedar's message, what it expected and its help in one line, without the id that the place says anyway. */
function complaint(error: DetailedError): CedarComplaint {
  const [place] = error.sourceLocations ?? [];
  const said = [error.message, place?.label, error.help].filter((part) => part != null);
  const message = said
    .map((part) => part.replace(/^failed to parse policy from string: |^for policy `[^`]*`, /, ''))
    .join(', ');
  return { message, start: place?.start ?? 0 };
}
