/**
 * Text that others wrote, as one line of a terminal can show it: what would move the cursor, turn the direction of
 * writing or be no sign at all is written out, `\u{202e}`.
 */
export const visibleText = (text: string): string =>
  text.replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ''}}`,
  );
