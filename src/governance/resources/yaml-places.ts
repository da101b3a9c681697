import { type Document, isMap, isNode, isPair, isScalar, type LineCounter, type Node } from 'yaml';

/** Where something stands in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export const placeAt = (lines: LineCounter, offset: number): Place => {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
};

/** The place of the value at `path`, or of the nearest thing around it that is there. */
export function placeOfValue(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
): Place {
  for (let depth = path.length; depth > 0; depth--) {
    const found = nodeAt(document, path.slice(0, depth));
    // A field that is missing is shown where its block is opened: at the block's own key.
    if (found !== undefined) {
      return depth < path.length
        ? placeOfKey(document, lines, path.slice(0, depth - 1), path[depth - 1])
        : placeAt(lines, found.range?.[0] ?? 0);
    }
  }
  return placeAt(lines, document.contents?.range[0] ?? document.range[0]);
}

/** The place of the key `key` in the map at `path`. */
export function placeOfKey(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
  key: PropertyKey | undefined,
): Place {
  const map = nodeAt(document, path);
  if (isMap(map)) {
    for (const { key: found } of map.items) {
      if (isScalar(found) && String(found.value) === String(key) && found.range) {
        return placeAt(lines, found.range[0]);
      }
    }
  }
  return placeAt(lines, map?.range?.[0] ?? 0);
}

function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  const found = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isPair(found)) return isNode(found.value) ? found.value : undefined;
  return isNode(found) ? found : undefined;
}
