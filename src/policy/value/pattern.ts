/**
 * The matcher of a `like` pattern, given as the texts between its wildcards: `['/a', '']` is `/a*`, and one
 * text alone is a pattern without a wildcard. Takes at most (length of pattern × length of text) steps.
 */
export function matcherOf(texts: readonly string[]): (text: string) => boolean {
  const first = texts[0] ?? '';
  const last = texts.at(-1) ?? '';
  if (texts.length < 2) return (text) => text === first;
  const inner = texts.slice(1, -1).filter((piece) => piece !== '');
  const shortest = first.length + last.length;
  if (inner.length === 0) {
    if (last === '') return (text) => text.startsWith(first);
    return (text) => text.length >= shortest && text.startsWith(first) && text.endsWith(last);
  }
  return (text) => {
    if (text.length < shortest || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    // The leftmost place for each piece leaves the most room for the next ones.
    for (const piece of inner) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}
