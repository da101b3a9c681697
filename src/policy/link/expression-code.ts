import type { Expression, Variable } from '../decision-program.ts';
import { EntityRef } from '../value/index.ts';
import { attributeCode, hasCode, isCode, likeCode } from './access-code.ts';
import { type Code, constantCode, type Linking, LinkRefusal } from './code.ts';
import { recordCode, setCode } from './composite-code.ts';
import type { ContextSlots } from './context-slots.ts';
import type { Evaluate, Language } from './language.ts';
import { binaryCode, unaryCode } from './operator-code.ts';

const VARIABLES: Readonly<Record<Variable, Evaluate>> = {
  principal: (input) => input.principal,
  action: (input) => input.action,
  resource: (input) => input.resource,
  context: (input) => input.context(),
};

/** Links expressions to functions. Throws a LinkRefusal for one that this version does not know. */
export function expressionLinker(
  language: Language,
  context: ContextSlots,
): (expression: Expression) => Evaluate {
  const linking: Linking = {
    language,
    context,
    code: (expression) => codeOf(linking, expression),
  };
  return (expression) => linking.code(expression).evaluate;
}

function codeOf(linking: Linking, node: Expression): Code {
  const { language } = linking;
  const evaluateOf = (inner: Expression): Evaluate => linking.code(inner).evaluate;
  switch (node.op) {
    case 'literal':
      return constantCode(node.value);
    case 'entity':
      return constantCode(new EntityRef(node.type, node.id));
    case 'variable':
      if (node.name === 'context') linking.context.readAll();
      return { evaluate: VARIABLES[node.name] };
    case 'unary':
      return unaryCode(linking, node);
    case 'binary':
      return binaryCode(linking, node);
    case 'and':
      return { evaluate: language.and(evaluateOf(node.left), evaluateOf(node.right)) };
    case 'or':
      return { evaluate: language.or(evaluateOf(node.left), evaluateOf(node.right)) };
    case 'if': {
      const [whenTrue, whenFalse] = [evaluateOf(node.whenTrue), evaluateOf(node.whenFalse)];
      return { evaluate: language.choose(evaluateOf(node.condition), whenTrue, whenFalse) };
    }
    case 'attribute':
      return attributeCode(linking, node);
    case 'has':
      return hasCode(linking, node);
    case 'like':
      return likeCode(linking, node);
    case 'is':
      return isCode(linking, node);
    case 'set':
      return setCode(linking, node);
    case 'record':
      return recordCode(linking, node);
    default:
      throw new LinkRefusal(`${JSON.stringify(node)} is not known to this version`);
  }
}
