import fc from 'fast-check';
import { condition, entityType, type Text, text, word } from './expressions.ts';
import { ACTIONS, entity } from './literals.ts';

const clause = text`${word('when', 'unless')} { ${condition} }`.map((inParens) =>
  inParens.slice(1, -1),
);

const scope = (name: string): Text =>
  fc.oneof(
    { arbitrary: fc.constant(name), weight: 12 },
    entity.map((uid) => `${name} == ${uid}`),
    entity.map((uid) => `${name} in ${uid}`),
    entityType.map((type) => `${name} is ${type}`),
    fc.tuple(entityType, entity).map(([type, uid]) => `${name} is ${type} in ${uid}`),
  );

const action = fc.constantFrom(...ACTIONS);
const actionScope: Text = fc.oneof(
  { arbitrary: fc.constant('action'), weight: 9 },
  action.map((uid) => `action == ${uid}`),
  action.map((uid) => `action in ${uid}`),
  fc.array(action, { maxLength: 3 }).map((uids) => `action in [${uids.join(', ')}]`),
);

export const policy: Text = fc
  .tuple(
    fc.oneof({ arbitrary: fc.constant('permit'), weight: 15 }, fc.constant('forbid')),
    scope('principal'),
    actionScope,
    scope('resource'),
    fc.array(clause, { minLength: 1, maxLength: 2 }),
  )
  .map(
    ([effect, principal, actions, resource, clauses]) =>
      `${effect}(${principal}, ${actions}, ${resource}) ${clauses.join(' ')};`,
  );
