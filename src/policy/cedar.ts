import * as library from '@cedar-policy/cedar-wasm/web';
import { err, ok, type Result } from '../core/index.ts';
import { PolicyError } from './errors.ts';
import { CEDAR_SCHEMA } from './schema.ts';

/** Policies by id, never changed: the object's identity stands for the set. */
export type PolicyTexts = Readonly<Record<string, string>>;

/** One statement as Cedar reads it. */
export interface ParsedStatement {
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Readonly<Record<string, string | null>>;
}

/** What Cedar says of a text; offsets are bytes of its UTF-8 form. */
export interface CedarComplaint {
  readonly message: string;
  readonly start: number;
}

export type Question = Omit<
  library.StatefulAuthorizationCall,
  'preparsedPolicySetId' | 'preparsedSchemaName'
>;

export interface CedarAnswer {
  readonly allowed: boolean;
  readonly policies: readonly string[];
  readonly errors: readonly string[];
}

/** What the rest of this room needs of the official engine. */
export interface Cedar {
  parse(statement: string): Result<ParsedStatement, readonly CedarComplaint[]>;
  /** Every complaint of the validator about these (parsed) policies, warnings included. */
  validate(policies: PolicyTexts): readonly (CedarComplaint & { readonly id: string })[];
  /** Throws when the engine fails or refuses the question; that is never a permit. */
  authorize(policies: PolicyTexts, question: Question): CedarAnswer;
}

const SCHEMA_NAME = 'selvage';
/**
 * Policy sets that stay parsed inside the engine: what is in force, what was a moment ago, and what is
 * being tried. The engine has no way to forget one, only to overwrite it.
 */
const PARSED_SETS = 4;

/** The engine is one per process, as its WASM instance and the sets parsed inside it are. */
let loaded: Cedar | undefined;

/**
 * Starts the official Cedar engine. Synchronous, about 80 ms and 50 MB at the first call; later calls
 * return the same engine.
 * @throws PolicyError CEDAR_UNUSABLE when `wasm` is not the module that the library was built with
 */
export function loadCedar(wasm: Uint8Array<ArrayBuffer>): Cedar {
  if (loaded !== undefined) return loaded;
  try {
    library.initSync({ module: wasm });
    const schema = library.preparseSchema(SCHEMA_NAME, CEDAR_SCHEMA);
    if (schema.type === 'failure') throw new Error(words(schema.errors));
  } catch (cause) {
    throw new PolicyError('CEDAR_UNUSABLE', `Cedar did not start: ${String(cause)}`, { cause });
  }
  loaded = { parse, validate, authorize: authorizer() };
  return loaded;
}

function parse(statement: string): Result<ParsedStatement, readonly CedarComplaint[]> {
  const answer = library.policyToJson(statement);
  if (answer.type === 'success') {
    // An annotation without a value is null in the JSON, which the library's types do not say.
    const annotations: Readonly<Record<string, string | null>> = answer.json.annotations ?? {};
    return ok({ effect: answer.json.effect, annotations });
  }
  const parts = library.policySetTextToParts(statement);
  if (parts.type === 'success' && parts.policy_templates.length > 0) {
    const message =
      'a template: nothing fills its slot (?principal, ?resource) in; write the policy out for each of them';
    return err([{ message, start: answer.errors[0]?.sourceLocations?.[0]?.start ?? 0 }]);
  }
  return err(answer.errors.map(complaint));
}

function validate(policies: PolicyTexts): readonly (CedarComplaint & { readonly id: string })[] {
  const answer = library.validate({
    schema: CEDAR_SCHEMA,
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

function authorizer(): Cedar['authorize'] {
  const slots: { readonly name: string; policies: PolicyTexts | undefined }[] = Array.from(
    { length: PARSED_SETS },
    (_, index) => ({ name: `set-${index}`, policies: undefined }),
  );
  /** The slot that holds these policies, moved to the front; the last one is overwritten. */
  const slotOf = (policies: PolicyTexts): string => {
    const found = slots.findIndex((slot) => slot.policies === policies);
    const [slot] = slots.splice(found < 0 ? PARSED_SETS - 1 : found, 1);
    if (slot === undefined) throw new Error('a fixed number of slots was lost');
    slots.unshift(slot);
    if (slot.policies !== policies) {
      slot.policies = undefined;
      const parsed = library.preparsePolicySet(slot.name, { staticPolicies: { ...policies } });
      if (parsed.type === 'failure') throw new Error(words(parsed.errors));
      slot.policies = policies;
    }
    return slot.name;
  };
  return (policies, question) => {
    const answer = library.statefulIsAuthorized({
      ...question,
      preparsedPolicySetId: slotOf(policies),
      preparsedSchemaName: SCHEMA_NAME,
      validateRequest: true,
    });
    if (answer.type === 'failure') throw new Error(words(answer.errors));
    const { decision, diagnostics } = answer.response;
    return {
      allowed: decision === 'allow',
      policies: diagnostics.reason.toSorted(),
      errors: diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`),
    };
  };
}

const words = (errors: readonly library.DetailedError[]): string =>
  errors.map((error) => complaint(error).message).join('; ');

/** Cedar's message, what it expected and its help in one line, without the id that the place says anyway. */
function complaint(error: library.DetailedError): CedarComplaint {
  const [place] = error.sourceLocations ?? [];
  const said = [error.message, place?.label, error.help].filter((part) => part != null);
  const message = said
    .map((part) => part.replace(/^failed to parse policy from string: |^for policy `[^`]*`, /, ''))
    .join(', ');
  return { message, start: place?.start ?? 0 };
}
