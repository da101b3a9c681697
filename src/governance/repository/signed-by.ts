import { tufKey } from './keys.ts';

type Document = Parameters<ReturnType<typeof tufKey>['verifySignature']>[0];

/** Is there a good signature of this raw Ed25519 key (hex) on a document? */
export function isSignedBy(document: Document, publicKey: string): boolean {
  try {
    tufKey({ publicKey }).verifySignature(document);
    return true;
  } catch {
    return false; // throwing is how the library says that there is no good one
  }
}
