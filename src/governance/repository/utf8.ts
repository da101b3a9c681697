/** Text of bytes. @throws TypeError when they are not UTF-8: nothing is replaced silently. */
export const decodeUtf8 = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(bytes);
