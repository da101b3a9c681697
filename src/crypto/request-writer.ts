import type { NodeName, SpiffeId, TrustDomain } from '../core/index.ts';
import { asn1Library } from './asn1-library.ts';
import { authorityExtensions, authorityName } from './authority-certificate.ts';
import { publicKeyInfo, signed, spkiOf } from './certificate-writer.ts';
import { TAG } from './der.ts';
import { oid, sequence, writeDer } from './der-writer.ts';
import { OID, URI_NAME } from './extensions.ts';
import { type PrivateKey, publicKeyOf } from './keys.ts';

/** What a PKCS #10 request (RFC 2986) asks for, in DER. */
interface RequestFields {
  readonly subject: Uint8Array;
  /** Extensions ::= SEQUENCE OF Extension. */
  readonly extensions: Uint8Array;
}

function writeRequest(key: PrivateKey<'p256'>, { subject, extensions }: RequestFields): Uint8Array {
  const version = writeDer(TAG.integer, Uint8Array.of(0));
  const wanted = sequence(oid(OID.extensionRequest), writeDer(TAG.set, extensions));
  const attributes = writeDer(TAG.contextOf(0), wanted);
  return signed(sequence(version, subject, spkiOf(publicKeyOf(key)), attributes), key);
}

/**
 * A request for an SVID: the key's proof of possession and one URI name. DER. Written without the library that makes
 * certificates, which would be a sixth of a sidecar's memory for this alone.
 */
export function createCsr(key: PrivateKey<'p256'>, spiffeId: SpiffeId): Uint8Array {
  const name = writeDer(URI_NAME, new TextEncoder().encode(spiffeId));
  const altName = sequence(oid(OID.subjectAltName), writeDer(TAG.octetString, sequence(name)));
  return writeRequest(key, { subject: sequence(), extensions: sequence(altName) });
}

/** A request to an enterprise PKI, for the CA certificate under which a node signs. DER. */
export function createAuthorityCsr(
  key: PrivateKey<'p256'>,
  { trustDomain, node }: { readonly trustDomain: TrustDomain; readonly node: NodeName },
): Uint8Array {
  const asn1 = asn1Library();
  const publicKey = publicKeyOf(key);
  const wanted = authorityExtensions(asn1, trustDomain, publicKeyInfo(asn1, publicKey));
  const der = (value: unknown) => new Uint8Array(asn1.AsnConvert.serialize(value));
  return writeRequest(key, {
    subject: der(authorityName(asn1, node, publicKey)),
    extensions: der(new asn1.Extensions([...wanted])),
  });
}
