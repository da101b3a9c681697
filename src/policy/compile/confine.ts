import type { EntityName, Expression, ProgramPolicy, Scope } from '../decision-program.ts';

/**
 * The policy as if its head also asked for `resource in Namespace::"<namespace>"`. It is looked up under that
 * namespace or one of its services, so that no decision about other services ever comes upon it.
 */
export function confined(policy: ProgramPolicy, namespace: string): ProgramPolicy {
  const own: EntityName = { type: 'Namespace', id: namespace };
  const { resource, asks } = confinedScope(policy.resource, own);
  const condition = both(asks, policy.condition);
  return { ...policy, resource, ...(condition === undefined ? {} : { condition }) };
}

/** A scope within `own`, and what of the two it leaves to be asked. */
interface ConfinedScope {
  readonly resource: Scope;
  readonly asks?: Expression;
}

function confinedScope(scope: Scope, own: EntityName): ConfinedScope {
  const inside: Scope = { kind: 'in', entities: [own] };
  switch (scope.kind) {
    case 'any':
      return { resource: inside };
    case 'is':
      return { resource: { kind: 'isIn', type: scope.type, entity: own } };
    case 'equal':
      return isServiceOf(scope.entity, own)
        ? { resource: scope, asks: resourceIs('in', own) }
        : { resource: inside, asks: resourceIs('==', scope.entity) };
    case 'in':
      return scope.entities.every((entity) => isSame(entity, own))
        ? { resource: scope }
        : { resource: inside, asks: scope.entities.map(inEntity).reduce(either, NEVER) };
    case 'isIn':
      return isSame(scope.entity, own)
        ? { resource: scope }
        : { resource: { ...scope, entity: own }, asks: inEntity(scope.entity) };
  }
}

const isSame = (a: EntityName, b: EntityName): boolean => a.type === b.type && a.id === b.id;

const isServiceOf = ({ type, id }: EntityName, own: EntityName): boolean =>
  type === 'Service' && id.startsWith(`${own.id}/`);

const resourceIs = (operator: '==' | 'in', entity: EntityName): Expression => ({
  op: 'binary',
  operator,
  left: { op: 'variable', name: 'resource' },
  right: { op: 'entity', ...entity },
});

const NEVER: Expression = { op: 'literal', value: false };

const inEntity = (entity: EntityName): Expression => resourceIs('in', entity);

const either = (left: Expression, right: Expression): Expression => ({ op: 'or', left, right });

const both = (left: Expression | undefined, right: Expression | undefined) =>
  left === undefined || right === undefined
    ? (left ?? right)
    : ({ op: 'and', left, right } satisfies Expression);
