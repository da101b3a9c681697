/** What may hide a number (a string, a comment, a name), the one literal that needs its sign, and numbers. */
const TOKEN =
  /"(?:\\.|[^"\\])*"?|\/\/[^\n]*|[A-Za-z_]\w*|-(?:\s|\/\/[^\n]*\n)*0*9223372036854775808(?!\d)|\d+/gs;

const HALF = 2n ** 32n;

/**
 * Writes each integer literal beyond 2^53 as an expression of smaller ones. The official engine gives a policy
 * to JavaScript with its integers as numbers, which would round such a literal; the expression has the same
 * value, and the linker works it out once. `text` is a policy that parses.
 */
export function withExactLongs(text: string): string {
  if (!/\d{16}/.test(text)) return text;
  return text.replaceAll(TOKEN, (token) => {
    if (token.startsWith('-')) return `(-${HALF / 2n} * ${HALF})`;
    if (!/^\d/.test(token) || Number.isSafeInteger(Number(token))) return token;
    const exact = BigInt(token);
    return `(${exact / HALF} * ${HALF} + ${exact % HALF})`;
  });
}
