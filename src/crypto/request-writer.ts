import type { NodeName, SpiffeId, TrustDomain } from '../core/index.ts';
import { authorityExtensions, authorityName } from './authority-certificate.ts';
import { extension, signed, spkiOf } from './certificate-writer.ts';
import { TAG } from './der.ts';
import { oid, sequence, smallInteger, writeDer } from './der-writer.ts';
import { OID, URI_NAME } from './extensions.ts';
import { type PrivateKey, publicKeyOf } from './keys.ts';

/** What a PKCS #10 request (RFC 2986) asks for: a name and extensions, in DER. */
interface RequestFields {
  readonly subject: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

function writeRequest(key: PrivateKey<'p256'>, { subject, extensions }: RequestFields): Uint8Array {
  const wanted = sequence(oid(OID.extensionRequest), writeDer(TAG.set, sequence(...extensions)));
  const attributes = writeDer(TAG.contextOf(0), wanted);
  return signed(sequence(smallInteger(0), subject, spkiOf(publicKeyOf(key)), attributes), key);
}

/** A request for an SVID: the key's proof of possession and one URI name. DER. */
export function createCsr(key: PrivateKey<'p256'>, spiffeId: SpiffeId): Uint8Array {
  const name = writeDer(URI_NAME, new TextEncoder().encode(spiffeId));
  const altName = extension(OID.subjectAltName, false, sequence(name));
  return writeRequest(key, { subject: sequence(), extensions: [altName] });
}

/** A request to an enterprise PKI, for the CA certificate under which a node signs. DER. */
export const createAuthorityCsr = (
  key: PrivateKey<'p256'>,
  { trustDomain, node }: { readonly trustDomain: TrustDomain; readonly node: NodeName },
): Uint8Array =>
  writeRequest(key, {
    subject: authorityName(node, publicKeyOf(key)),
    extensions: authorityExtensions(trustDomain, publicKeyOf(key)),
  });
