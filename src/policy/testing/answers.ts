import type { StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm';
import type { Result } from '../../core/index.ts';
import { cedarWasm } from '../../platform/cedar-wasm.ts';
import type { Cedar } from '../cedar.ts';
import { compileProgram } from '../compile/index.ts';
import type { DecisionProgram } from '../decision-program.ts';
import { cedar as cedarLanguage, type Language } from '../link/index.ts';
import {
  type EntityFacts,
  EntityRef,
  type EntityStore,
  entityStoreOf,
  fieldsFrom,
} from '../value/index.ts';
import { linkAtOnce } from './link-at-once.ts';
import { NAMES } from './literals.ts';
import type { Batch, EntityJson, NameJson } from './worlds.ts';

/** What two engines must agree on. */
export interface Answer {
  readonly allowed: boolean;
  readonly policies: readonly string[];
  /** Ids of the policies that failed. */
  readonly failed: readonly string[];
}

const must = <T>(result: Result<T, unknown>): T => {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
};

const { functions: library } = cedarWasm();

/** The official engine's answers to a batch's requests. It must be running. */
export function officialAnswers({
  policies: texts,
  confined,
  entities,
  requests,
}: Batch): Answer[] {
  const policies = Object.fromEntries(
    Object.entries(texts).map(([id, text]) => [id, inNamespace(text, confined[id])]),
  );
  const parsed = library.preparsePolicySet('differential', { staticPolicies: { ...policies } });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  return requests.map((request) => {
    const answer = library.statefulIsAuthorized({
      ...request,
      entities,
      preparsedPolicySetId: 'differential',
    } as unknown as StatefulAuthorizationCall); // its types are not readonly
    if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
    const { decision, diagnostics } = answer.response;
    return {
      allowed: decision === 'allow',
      policies: diagnostics.reason.toSorted(),
      failed: diagnostics.errors.map(({ policyId }) => policyId).toSorted(),
    };
  });
}

/** A policy's text with what confines it right behind its head, whose only `)` ends it. */
const inNamespace = (text: string, namespace: string | undefined): string =>
  namespace === undefined
    ? text
    : text.replace(')', `) when { resource in Namespace::"${namespace}" }`);

/** A batch's policies as a decision program that was written and read again. */
export function programOf(cedar: Cedar, { policies, confined }: Batch): DecisionProgram {
  const parsed = Object.entries(policies).map(([id, text]) => ({
    id,
    json: must(cedar.parse(text)).json,
    ...(confined[id] === undefined ? {} : { namespace: confined[id] }),
  }));
  const program = must(
    compileProgram(parsed, { context: Object.values(NAMES), actions: [], headers: [] }),
  );
  return JSON.parse(JSON.stringify(program));
}

/** The answers of a batch's compiled policies. */
export function compiledAnswers(
  program: DecisionProgram,
  { entities, requests }: Batch,
  language: Language = cedarLanguage,
): Answer[] {
  const linked = must(linkAtOnce(program, language));
  const store = storeOf(entities);
  const input = linked.newInput();
  return requests.map((request) => {
    input.between(refOf(request.principal), refOf(request.resource), store);
    input.action = refOf(request.action);
    const context = must(fieldsFrom(request.context));
    for (const [slot, name] of input.names.entries()) input.slots[slot] = context.get(name);
    const { allowed, policies: deciding, errors } = linked.decide(input);
    return {
      allowed,
      policies: deciding.toSorted(),
      failed: errors.map((error) => error.slice(0, error.indexOf(':'))).toSorted(),
    };
  });
}

const refOf = ({ type, id }: NameJson): EntityRef => new EntityRef(type, id);

const storeOf = (entities: readonly EntityJson[]): EntityStore =>
  must(
    entityStoreOf(
      entities.map(
        ({ uid, attrs, tags, parents }): EntityFacts => ({
          entity: refOf(uid),
          attributes: must(fieldsFrom(attrs)),
          tags: must(fieldsFrom(tags)),
          parents: parents.map(refOf),
        }),
      ),
    ),
  );

/** The first request that two engines answer differently, in words that show both; undefined if there is none. */
export function difference(
  { policies, confined, entities, requests }: Batch,
  official: readonly Answer[],
  compiled: readonly Answer[],
): string | undefined {
  const index = official.findIndex((theirs, at) => !Bun.deepEquals(theirs, compiled[at]));
  if (index < 0) return undefined;
  const shown = Object.entries({
    ...policies,
    confined,
    entities,
    request: requests[index],
    official: official[index],
    compiled: compiled[index],
  });
  const lines = shown.map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return lines.join('\n');
}
