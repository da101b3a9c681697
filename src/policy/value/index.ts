export { Datetime } from './datetime.ts';
export {
  type EntityData,
  type EntityFacts,
  EntityRef,
  type EntityStore,
  entityStoreOf,
} from './entity.ts';
export { equal } from './equality.ts';
export { Fault, faults } from './fault.ts';
export {
  type BinaryFunction,
  binaryFunctions,
  type UnaryFunction,
  unaryFunctions,
} from './functions.ts';
export { IpAddress, parseIp } from './ip-address.ts';
export {
  type Binary,
  type BinaryOperator,
  binaryOperators,
  isIn,
  misfit,
  type Unary,
  type UnaryOperator,
  unaryOperators,
} from './operators.ts';
export { matcherOf } from './pattern.ts';
export { type Fields, RecordValue } from './record.ts';
export { SetValue } from './set.ts';
export type { Outcome, Value } from './value.ts';
export { fieldsFrom, type ValueJson } from './value-json.ts';
