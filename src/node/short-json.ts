/** How much of a value is looked at: each item of it takes at least two characters. */
interface Left {
  items: number;
}

/**
 * `value`, plain data that a liar may have chosen, as JSON of at most so many characters and an ellipsis. It may be
 * no JSON, of any size and depth: it is cut before it is rendered.
 */
export function shortJson(value: unknown, mostCharacters: number): string {
  const text = JSON.stringify(cut(value, mostCharacters, { items: mostCharacters })) ?? '';
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`;
}

function cut(value: unknown, most: number, left: Left): unknown {
  left.items--;
  if (typeof value === 'string') return value.slice(0, most);
  if (typeof value === 'bigint') return `${value}`;
  if (value instanceof Uint8Array)
    return `0x${Buffer.from(value.subarray(0, most)).toString('hex')}`;
  if (Array.isArray(value)) {
    return taken(value, left, (part) => cut(part, most, left));
  }
  if (!isFields(value)) return value;
  const fields = taken(Object.entries(value), left, ([key, part]) => {
    return [key.slice(0, most), cut(part, most, left)];
  });
  return Object.fromEntries(fields);
}

/** As many as are left to be looked at. */
function taken<Part, Made>(
  parts: readonly Part[],
  left: Left,
  make: (part: Part) => Made,
): readonly Made[] {
  const made: Made[] = [];
  for (const part of parts) {
    if (left.items <= 0) break;
    made.push(make(part));
  }
  return made;
}

/** Is this a map? */
export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array);
