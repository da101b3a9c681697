/** A Cedar string literal: visible ASCII as it is, the rest as `\u{…}`. */
export const quoted = (text: string): string => {
  const characters = [...text].map((character) =>
    /["\\]/.test(character)
      ? `\\${character}`
      : /[ -~]/.test(character)
        ? character
        : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${characters.join('')}"`;
};

/** `Service::"shop/web"` */
export const entityText = (type: string, id: string): string => `${type}::${quoted(id)}`;
