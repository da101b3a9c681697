import {
  err,
  ok,
  parseNodeName,
  parseSpiffeId,
  type Result,
  type SpiffeId,
  spiffePath,
  spiffeTrustDomain,
  type TrustDomain,
} from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { OID } from './extensions.ts';
import type { SignedFacts } from './revocations.ts';
import type { Anchor, TrustBundle } from './trust-bundle.ts';
import { markVerified, type Verified } from './verified.ts';

/** What a verified X509-SVID says. */
export interface SvidFacts extends SignedFacts {
  readonly serial: string;
  readonly notAfter: EpochMs;
}

/** Closed: these are metric labels. */
export type SvidRefusalReason =
  | 'malformed'
  | 'wrong-name'
  | 'other-trust-domain'
  | 'wrong-use'
  | 'unknown-extension'
  | 'not-yet-valid'
  | 'expired'
  | 'unknown-authority'
  | 'other-namespace'
  | 'revoked'
  | 'bad-signature';

export interface SvidRefusal {
  readonly reason: SvidRefusalReason;
  /** In words, for a log; may hold what the peer sent. */
  readonly detail: string;
}

const refuse = (reason: SvidRefusalReason, detail: string) => err<SvidRefusal>({ reason, detail });

/**
 * Decides whether a peer that proved it holds the leaf's key is who the leaf says: path validation
 * (RFC 5280 section 6) for the one shape that this mesh has, a leaf directly below a CA of the
 * bundle, and the rules of X509-SVID. They are the same for clients and servers: an SVID is good for
 * both or for none (X509-SVID section 4.4). Never throws.
 *
 * @param leafDer the peer's own certificate, DER; the rest of what it sent is not needed
 */
export function verifySvid(
  leafDer: Uint8Array,
  bundle: TrustBundle,
  { now }: { readonly now: EpochMs },
): Result<Verified<SvidFacts>, SvidRefusal> {
  const read = readCertificate(leafDer);
  if (!read.ok) return refuse('malformed', read.error);
  const leaf = read.value;
  const name = nameOf(leaf, bundle.trustDomain);
  if (!name.ok) return name;
  const use = checkUse(leaf);
  if (!use.ok) return use;
  const dates = checkDates('certificate', leaf, now);
  if (!dates.ok) return dates;
  const issuer = issuerOf(leaf, bundle, now);
  if (!issuer.ok) return issuer;
  if (!issuer.value.mayName(name.value)) {
    return refuse('other-namespace', `its authority may not sign for ${name.value}`);
  }
  const facts = factsOf(leaf, name.value, issuer.value);
  const revoked = bundle.revocations.problemOf(facts);
  return revoked === undefined ? ok(markVerified(facts)) : refuse('revoked', revoked);
}

/**
 * Judges an SVID that was verified by what is in force now: its form and its signature cannot have changed, all else
 * can. The value is until when it is good if nothing else changes.
 */
export function judgeAgain(
  svid: Verified<SvidFacts>,
  bundle: TrustBundle,
  { now }: { readonly now: EpochMs },
): Result<EpochMs, SvidRefusalReason> {
  if (bundle.revocations.problemOf(svid) !== undefined) return err('revoked');
  const authority = bundle.authority(svid.authorityKeySha256, now);
  if (authority === undefined) return err('unknown-authority');
  if (!authority.mayName(svid.spiffeId)) return err('other-namespace');
  const untilMs = Math.min(svid.notAfter, authority.notAfter);
  return now > untilMs ? err('expired') : ok(untilMs);
}

function factsOf(leaf: Certificate, spiffeId: SpiffeId, issuer: Anchor): SvidFacts {
  const { node = nodeNamed(spiffeId), trustVersion } = leaf.extensions.askedBy ?? {};
  return {
    spiffeId,
    publicKeySha256: leaf.publicKeySha256,
    serial: leaf.serial,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    authorityKeySha256: issuer.certificate.publicKeySha256,
    ...(node === undefined ? {} : { node }),
    ...(trustVersion === undefined ? {} : { trustVersion }),
  };
}

/** Whose SVID it is, when it is a node's own. */
function nodeNamed(spiffeId: SpiffeId) {
  const name = /^\/node\/([^/]+)$/.exec(spiffePath(spiffeId))?.[1];
  const node = name === undefined ? undefined : parseNodeName(name);
  return node?.ok ? node.value : undefined;
}

/** X509-SVID sections 2 and 4.1: exactly one URI name, a SPIFFE ID of this domain with a path. */
function nameOf(
  { extensions: { altNames }, subjectIsEmpty }: Certificate,
  trustDomain: TrustDomain,
): Result<SpiffeId, SvidRefusal> {
  const [uri, ...more] = altNames?.uris ?? [];
  if (uri === undefined || more.length > 0) {
    return refuse('wrong-name', `${more.length + (uri === undefined ? 0 : 1)} URI names, not one`);
  }
  const id = parseSpiffeId(uri);
  if (!id.ok) return refuse('wrong-name', id.error);
  if (spiffePath(id.value) === '')
    return refuse('wrong-name', `'${uri}' names no workload or node`);
  if (subjectIsEmpty && altNames?.critical !== true) {
    // RFC 5280 section 4.2.1.6
    return refuse('wrong-name', 'the subject is empty and the alternative name not critical');
  }
  if (spiffeTrustDomain(id.value) !== trustDomain) {
    return refuse('other-trust-domain', `'${uri}' is not of the trust domain ${trustDomain}`);
  }
  return id;
}

/** X509-SVID sections 4.2 to 4.4: a leaf authenticates and never signs certificates. */
function checkUse({ extensions }: Certificate): Result<void, SvidRefusal> {
  const { keyUsage, extendedKeyUsage: purposes } = extensions;
  if (extensions.isAuthority) return refuse('wrong-use', 'a CA certificate authenticates nobody');
  if (keyUsage?.critical !== true) return refuse('wrong-use', 'there is no critical key usage');
  if (!keyUsage.digitalSignature) return refuse('wrong-use', 'key usage lacks digitalSignature');
  if (keyUsage.keyCertSign || keyUsage.crlSign) {
    return refuse('wrong-use', 'key usage has keyCertSign or cRLSign');
  }
  const both = purposes?.includes(OID.serverAuth) && purposes.includes(OID.clientAuth);
  if (purposes !== undefined && !both) {
    return refuse('wrong-use', 'extended key usage lacks serverAuth or clientAuth');
  }
  const unknown = extensions.unknownCritical[0]; // RFC 5280 section 4.2
  return unknown === undefined
    ? ok(undefined)
    : refuse('unknown-extension', `the critical extension ${unknown} (hex) is not known`);
}

/** RFC 5280 section 4.1.2.5: both ends belong to the life. */
function checkDates(
  what: string,
  { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>,
  now: EpochMs,
): Result<void, SvidRefusal> {
  if (now < notBefore) {
    return refuse('not-yet-valid', `the ${what} begins at ${new Date(notBefore).toISOString()}`);
  }
  if (now > notAfter) {
    return refuse('expired', `the ${what} ended at ${new Date(notAfter).toISOString()}`);
  }
  return ok(undefined);
}

/**
 * RFC 5280 section 6.1.3: the CA that the leaf names, if its key made the signature and it is good at `now`. One key
 * may have two certificates while the older goes out: one of them suffices.
 */
function issuerOf(
  leaf: Certificate,
  bundle: TrustBundle,
  now: EpochMs,
): Result<Anchor, SvidRefusal> {
  const named = bundle.issuersOf(leaf);
  if (named.length === 0) return refuse('unknown-authority', 'its authority is not in the bundle');
  const signers = named.filter((anchor) => leaf.x509.verify(anchor.publicKey));
  const [first] = signers;
  if (first === undefined) {
    return refuse('bad-signature', 'the authority that it names did not sign it');
  }
  const good = signers.find((anchor) => anchor.notBefore <= now && now <= anchor.notAfter) ?? first;
  const dates = checkDates("authority's certificate", good, now);
  return dates.ok ? ok(good) : dates;
}
