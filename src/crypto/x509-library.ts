/** RFC 5480 and RFC 5758: the one algorithm of our certificates. */
export const ECDSA_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * The library that writes certificates. It costs 45 ms to load, so only a process that really issues one
 * loads it. It wants the `Reflect` metadata API to be there first.
 */
export async function x509Library(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
