import { Fault, type Outcome, RecordValue, SetValue, type Value } from '../value/index.ts';
import { type Code, constantCode, type Linking, type NodeOf } from './code.ts';

export function setCode({ code }: Linking, node: NodeOf<'set'>): Code {
  return compositeCode(node.members.map(code), (members) => new SetValue(members));
}

export function recordCode({ code }: Linking, node: NodeOf<'record'>): Code {
  const names = node.fields.map(([name]) => name);
  return compositeCode(
    node.fields.map(([, field]) => code(field)),
    (values) => new RecordValue(new Map(values.map((value, index) => [names[index] ?? '', value]))),
  );
}

/** What is made of values only: once if all are constants, and nothing but a fault if one has none. */
function compositeCode(parts: readonly Code[], make: (values: readonly Value[]) => Value): Code {
  const made = (outcomes: readonly Outcome[]): Outcome => {
    const values: Value[] = [];
    for (const outcome of outcomes) {
      if (outcome instanceof Fault) return outcome;
      values.push(outcome);
    }
    return make(values);
  };
  const constants = parts.flatMap(({ constant }) => (constant === undefined ? [] : [constant]));
  if (constants.length === parts.length) return constantCode(made(constants));
  return { evaluate: (input) => made(parts.map(({ evaluate }) => evaluate(input))) };
}
