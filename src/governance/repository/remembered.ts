/**
 * `compute`, once for each object as long as that lives. What is signed never changes, and neither does
 * what was read of it: bytes that stay in force are so parsed and judged once, not at each update.
 */
export function remembered<Key extends object, Value>(
  compute: (key: Key) => Value,
): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before.value;
    const value = compute(key);
    known.set(key, { value });
    return value;
  };
}
