import {
  ok,
  type Result,
  type ServiceKey,
  type SpiffeId,
  type TrustDomain,
} from '../../core/index.ts';
import type { Question } from '../cedar.ts';
import type { DecisionRequest, HttpMethod, PolicyUser } from '../decision.ts';
import { questionOf, userOf } from '../question.ts';
import { HTTP_METHODS } from '../schema.ts';
import {
  type EntityFacts,
  EntityRef,
  type EntityStore,
  entityStoreOf,
  fieldsFrom,
  type Value,
  type ValueJson,
} from '../value/index.ts';
import type { Candidates } from './candidates.ts';

/** A caller and a service, with what is known of them and of what they are in. */
export interface Pair {
  readonly principal: EntityRef;
  readonly resource: EntityRef;
  readonly entities: EntityStore;
  /** The policies that could match, by the id of the action. */
  readonly candidates: Map<string, Candidates>;
}

/** A user, with what is known of it and its groups. */
export interface KnownUser {
  readonly ref: EntityRef;
  readonly entities: EntityStore;
}

/** Any request will do: the entities of a pair do not depend on the rest. */
const ANY_REQUEST = { action: 'connect', protocol: 'tcp', sourceIp: '0.0.0.0' } as const;

/** The error says why no policy can speak about this caller. */
export function pairOf(
  principal: SpiffeId,
  resource: ServiceKey,
  trustDomain: TrustDomain,
): Result<Pair, string> {
  const question = questionOf({ ...ANY_REQUEST, principal, resource }, trustDomain);
  if (!question.ok) return question;
  return ok({
    principal: refOf(question.value.principal),
    resource: refOf(question.value.resource),
    entities: storeOf(question.value.entities),
    candidates: new Map(),
  });
}

export function knownUser(user: PolicyUser): KnownUser {
  const entity = userOf(user);
  return { ref: refOf(entity.uid), entities: storeOf([entity]) };
}

const CONNECT = new EntityRef('Action', 'connect');
const GRPC_CALL = new EntityRef('Action', 'grpc:call');
const OTHER = new EntityRef('Action', 'http:OTHER');
const METHODS: ReadonlyMap<HttpMethod, EntityRef> = new Map(
  HTTP_METHODS.map((method) => [method, new EntityRef('Action', `http:${method}`)]),
);

export function actionEntity(request: DecisionRequest): EntityRef {
  switch (request.action) {
    case 'connect':
      return CONNECT;
    case 'grpc':
      return GRPC_CALL;
    case 'http':
      return METHODS.get(request.method) ?? OTHER;
  }
}

function refOf(name: Question['principal']): EntityRef {
  const { type, id } = '__entity' in name ? name.__entity : name;
  return new EntityRef(type, id);
}

function storeOf(entities: Question['entities']): EntityStore {
  const store = entityStoreOf(
    entities.map(
      ({ uid, attrs, tags = {}, parents }): EntityFacts => ({
        entity: refOf(uid),
        attributes: valuesOf(attrs),
        tags: valuesOf(tags),
        parents: parents.map(refOf),
      }),
    ),
  );
  // What questions are made of: services in namespaces, users in groups.
  if (!store.ok) throw new Error(store.error);
  return store.value;
}

function valuesOf(json: Question['entities'][number]['attrs']): ReadonlyMap<string, Value> {
  const values = fieldsFrom(json as Record<string, ValueJson>); // the same JSON under the library's name
  if (!values.ok) throw new Error(values.error);
  return values.value;
}
