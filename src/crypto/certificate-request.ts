import { createPublicKey, verify } from 'node:crypto';
import { err, ok, parseSpiffeId, type Result, type SpiffeId, spiffePath } from '../core/index.ts';
import { ECDSA_WITH_SHA256 } from './certificate-writer.ts';
import { DerError, DerReader, TAG, toHex } from './der.ts';
import { type Extensions, OID, readExtensions } from './extensions.ts';
import { keyKind, type PublicKey } from './keys.ts';

/** A request of ours has about 300 bytes; a bound on what a workload can make an authority read. */
export const MAX_REQUEST_BYTES = 4_096;

/** A certificate request whose signature holds. What it asks for is a wish, never a right. */
export interface CertificateRequest {
  readonly publicKey: PublicKey<'p256'>;
  readonly spiffeId: SpiffeId;
}

/** Closed: these are metric labels. */
export type CsrRefusalReason =
  | 'malformed'
  | 'wrong-key'
  | 'bad-signature'
  | 'wrong-name'
  | 'wants-authority'
  | 'wants-extensions';

export interface CsrRefusal {
  readonly reason: CsrRefusalReason;
  /** In words, for the log and for the one who asked. */
  readonly detail: string;
}

const refuse = (reason: CsrRefusalReason, detail: string) => err<CsrRefusal>({ reason, detail });

/**
 * Reads a request and checks its signature. Only P-256, and exactly one URI name beside nothing else:
 * a request for more (DNS names, a CA flag, key usages) is refused whole, since an authority that
 * leaves wishes out unseen would hide an attack or a mistake.
 */
export function parseCsr(der: Uint8Array): Result<CertificateRequest, CsrRefusal> {
  if (der.length > MAX_REQUEST_BYTES) {
    const detail = `a request of ${der.length} bytes; at most ${MAX_REQUEST_BYTES} are read`;
    return refuse('malformed', detail);
  }
  try {
    const { info, algorithm, signature } = readOuter(der);
    const { spki, extensions } = readInfo(info.content);
    const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    if (keyKind(publicKey) !== 'p256') return refuse('wrong-key', 'its key is not P-256');
    if (algorithm !== ECDSA_WITH_SHA256) {
      return refuse('bad-signature', 'it is not signed by ECDSA with SHA-256');
    }
    if (!verify('sha256', info.whole, publicKey, signature)) {
      return refuse('bad-signature', 'its signature is wrong');
    }
    const name = requestedName(extensions);
    return name.ok
      ? ok({ publicKey: publicKey as PublicKey<'p256'>, spiffeId: name.value }) // its kind was compared
      : name;
  } catch (error) {
    // The readers throw on hostile bytes, and the refusal is data for the caller.
    return refuse('malformed', error instanceof Error ? error.message : String(error));
  }
}

/** CertificationRequest (RFC 2986 section 4.2). */
function readOuter(der: Uint8Array) {
  const outer = new DerReader(der);
  const request = outer.inside(TAG.sequence);
  outer.end();
  const info = request.value(TAG.sequence);
  const algorithm = toHex(request.value(TAG.sequence).whole);
  const bits = request.value(TAG.bitString).content;
  request.end();
  if (bits[0] !== 0) throw new DerError('a signature of a broken number of octets');
  return { info, algorithm, signature: bits.subarray(1) };
}

/** CertificationRequestInfo (RFC 2986 section 4.1); the subject is not looked at. */
function readInfo(content: Uint8Array): { spki: Uint8Array; extensions: Extensions } {
  const info = new DerReader(content);
  info.value(TAG.integer);
  info.value(TAG.sequence);
  const spki = info.value(TAG.sequence).whole;
  const attributes = info.inside(TAG.contextOf(0));
  info.end();
  const attribute = attributes.inside(TAG.sequence);
  attributes.end();
  if (toHex(attribute.value(TAG.oid).content) !== OID.extensionRequest) {
    throw new DerError('it asks for something other than extensions');
  }
  const values = attribute.inside(TAG.set);
  attribute.end();
  const extensions = readExtensions(values.value(TAG.sequence));
  values.end();
  return { spki, extensions };
}

function requestedName(extensions: Extensions): Result<SpiffeId, CsrRefusal> {
  const { altNames, isAuthority, keyUsage, extendedKeyUsage, unknown } = extensions;
  if (isAuthority || keyUsage?.keyCertSign || keyUsage?.crlSign) {
    return refuse('wants-authority', 'it asks for a CA certificate');
  }
  if (keyUsage ?? extendedKeyUsage) {
    return refuse('wants-extensions', 'it asks for key usages: the authority sets them');
  }
  if (unknown.length > 0) {
    return refuse('wants-extensions', 'it asks for an extension that is not known');
  }
  const [uri, ...more] = altNames?.uris ?? [];
  if (altNames === undefined || uri === undefined || more.length > 0 || altNames.others > 0) {
    const detail = 'it must ask for exactly one URI name and no name of another kind';
    return refuse('wrong-name', detail);
  }
  const id = parseSpiffeId(uri);
  if (!id.ok) return refuse('wrong-name', id.error);
  return spiffePath(id.value) === ''
    ? refuse('wrong-name', "it asks for the trust domain's own ID")
    : id;
}
