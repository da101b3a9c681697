import { err, ok, type Result } from '../../core/index.ts';
import { EntityRef } from './entity.ts';
import { Fault } from './fault.ts';
import { unaryFunctions } from './functions.ts';
import { RecordValue } from './record.ts';
import { SetValue } from './set.ts';
import type { Value } from './value.ts';

/** A value in Cedar's JSON form (https://docs.cedarpolicy.com/auth/entities-syntax.html). */
export type ValueJson =
  | boolean
  | number
  | string
  | null
  | readonly ValueJson[]
  | { readonly [name: string]: ValueJson };

/** The error says what is no value, or no value of the extension type that it names. */
function valueFrom(json: ValueJson): Result<Value, string> {
  if (typeof json === 'boolean' || typeof json === 'string') return ok(json);
  if (typeof json === 'number') {
    return Number.isSafeInteger(json) ? ok(json) : err(`${json} is no safe integer`);
  }
  if (json === null) return err('null is no value');
  if (isList(json)) {
    const members: Value[] = [];
    for (const item of json) {
      const member = valueFrom(item);
      if (!member.ok) return member;
      members.push(member.value);
    }
    return ok(new SetValue(members));
  }
  if (Object.hasOwn(json, '__entity')) return entityOf(json.__entity);
  if (Object.hasOwn(json, '__extn')) return extensionOf(json.__extn);
  const fields = fieldsFrom(json);
  return fields.ok ? ok(new RecordValue(fields.value)) : fields;
}

/** The values of a record's, an entity's or a context's attributes. */
export function fieldsFrom(json: {
  readonly [name: string]: ValueJson;
}): Result<ReadonlyMap<string, Value>, string> {
  const fields = new Map<string, Value>();
  for (const [name, field] of Object.entries(json)) {
    const value = valueFrom(field);
    if (!value.ok) return value;
    fields.set(name, value.value);
  }
  return ok(fields);
}

// Array.isArray does not narrow a readonly array away.
const isList = (json: ValueJson): json is readonly ValueJson[] => Array.isArray(json);

function entityOf(json: ValueJson | undefined): Result<EntityRef, string> {
  const { type, id }: { type?: unknown; id?: unknown } = Object(json);
  return typeof type === 'string' && typeof id === 'string'
    ? ok(new EntityRef(type, id))
    : err(`${JSON.stringify(json)} names no entity`);
}

const CONSTRUCTORS: ReadonlyMap<unknown, (typeof unaryFunctions)['ip']> = new Map(
  (['ip', 'decimal', 'datetime', 'duration'] as const).map((name) => [name, unaryFunctions[name]]),
);

function extensionOf(json: ValueJson | undefined): Result<Value, string> {
  const { fn, arg = null }: { fn?: unknown; arg?: ValueJson } = Object(json);
  const construct = CONSTRUCTORS.get(fn);
  if (construct === undefined) return err(`'${fn}' is no extension type`);
  const value = construct(typeof arg === 'string' ? arg : false);
  return value instanceof Fault ? err(`${value.message}: ${arg}`) : ok(value);
}
