import { type NodeName, parseNodeName } from '../core/index.ts';
import {
  DerError,
  DerReader,
  type DerValue,
  readBits,
  readSmall,
  readTrue,
  TAG,
  toHex,
} from './der.ts';

/** Object identifiers (RFC 5280 section 4.2), as the hex of their content octets. */
export const OID = {
  subjectKeyIdentifier: '551d0e',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  authorityKeyIdentifier: '551d23',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
  /** An attribute of names, X.520. */
  commonName: '550403',
  /**
   * By way of which node an SVID was asked for, so that what a revoked node got for others falls with it, and what was in
   * force when it was signed. Not critical: who does not know it loses nothing. 2.25.1636582571 (ITU-T X.667), in 31 bits: Go reads no certificate with a longer arc.
   */
  askedBy: '69868cb1892b',
  nameConstraints: '551d1e',
  /** PKCS #9 (RFC 2985 section 5.4.2): the extensions that a CSR asks for. */
  extensionRequest: '2a864886f70d01090e',
} as const;

export const URI_NAME = TAG.context(6); // GeneralName (RFC 5280 section 4.2.1.6)
const DNS_NAME = TAG.context(2);
const KEY_IDENTIFIER = TAG.context(0); // AuthorityKeyIdentifier (RFC 5280 section 4.2.1.1)

/** A node's name and a version, which is a safe integer. */
const ASKED_BY = /^([^/]+)\/(0|[1-9][0-9]{0,14})$/;

/** RFC 5280 section 4.2.1.3. */
const KEY_USAGE_BIT = { digitalSignature: 0, keyCertSign: 5, crlSign: 6 } as const;

/** Bits of KeyUsage that are looked at (RFC 5280 section 4.2.1.3). */
export interface KeyUsage {
  readonly critical: boolean;
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly crlSign: boolean;
}

/** What the extensions of a certificate or of a CSR say; absent stays absent. */
export interface Extensions {
  /** OIDs (hex) of the extensions that are not read here. */
  readonly unknown: readonly string[];
  /** Those of them that are critical: RFC 5280 section 4.2 says reject. */
  readonly unknownCritical: readonly string[];
  readonly isAuthority: boolean;
  /** How many further CA certificates may stand between this one and a leaf. */
  readonly pathLength?: number;
  readonly keyUsage?: KeyUsage;
  /** OIDs (hex). */
  readonly extendedKeyUsage?: readonly string[];
  readonly subjectKeyId?: string;
  readonly authorityKeyId?: string;
  readonly altNames?: AltNames;
  /** {@link OID.askedBy}, a UTF8String: `n2/7`. */
  readonly askedBy?: AskedBy;
}

/** How an SVID came to be. */
export interface AskedBy {
  /** By way of which node it was asked for. */
  readonly node: NodeName;
  /** Version of the governors' list by which its authority went. */
  readonly trustVersion: number;
}

export interface AltNames {
  readonly critical: boolean;
  readonly uris: readonly string[];
  readonly dns: readonly string[];
  /** How many names are no URI. */
  readonly others: number;
}

type Readings = { -readonly [Key in keyof Extensions]: Extensions[Key] };
type ReadExtension = (into: Readings, value: DerReader, critical: boolean) => void;

const READ: Readonly<Record<string, ReadExtension>> = {
  [OID.basicConstraints]: (into, value) => {
    const constraints = value.inside(TAG.sequence);
    const authority = constraints.optional(TAG.boolean);
    into.isAuthority = authority !== undefined && readTrue(authority);
    const length = constraints.optional(TAG.integer);
    if (length !== undefined) into.pathLength = readSmall(length);
    constraints.end();
  },
  [OID.keyUsage]: (into, value, critical) => {
    const bits = readBits(value.value(TAG.bitString));
    into.keyUsage = {
      critical,
      digitalSignature: bits[KEY_USAGE_BIT.digitalSignature] === true,
      keyCertSign: bits[KEY_USAGE_BIT.keyCertSign] === true,
      crlSign: bits[KEY_USAGE_BIT.crlSign] === true,
    };
  },
  [OID.extendedKeyUsage]: (into, value) => {
    into.extendedKeyUsage = [...value.inside(TAG.sequence).rest()].map((purpose) =>
      toHex(purpose.content),
    );
  },
  [OID.subjectKeyIdentifier]: (into, value) => {
    into.subjectKeyId = toHex(value.value(TAG.octetString).content);
  },
  [OID.authorityKeyIdentifier]: (into, value) => {
    const id = value.inside(TAG.sequence).optional(KEY_IDENTIFIER);
    if (id !== undefined) into.authorityKeyId = toHex(id.content);
  },
  [OID.askedBy]: (into, value) => {
    const text = latin1(value.value(TAG.utf8String).content);
    const [, name = '', version = ''] = ASKED_BY.exec(text) ?? [];
    const node = parseNodeName(name);
    if (!node.ok) throw new DerError(`the node that asked: ${node.error}`);
    into.askedBy = { node: node.value, trustVersion: Number(version) };
  },
  [OID.subjectAltName]: (into, value, critical) => {
    const names = [...value.inside(TAG.sequence).rest()];
    const uris = names.filter((name) => name.tag === URI_NAME);
    into.altNames = {
      critical,
      uris: uris.map((name) => latin1(name.content)),
      dns: names.flatMap(({ tag, content }) => (tag === DNS_NAME ? [latin1(content)] : [])),
      others: names.length - uris.length,
    };
  },
};

/**
 * Reads `Extensions ::= SEQUENCE OF Extension` (RFC 5280 section 4.1).
 * @throws DerError on what is not DER, on an extension that comes twice, on trailing bytes
 */
export function readExtensions(list: DerValue): Extensions {
  const unknown: string[] = [];
  const unknownCritical: string[] = [];
  const into: Readings = { unknown, unknownCritical, isAuthority: false };
  const seen = new Set<string>();
  for (const item of new DerReader(list.content).rest()) {
    const extension = new DerReader(item.content);
    const oid = toHex(extension.value(TAG.oid).content);
    const flag = extension.optional(TAG.boolean);
    const critical = flag !== undefined && readTrue(flag);
    const value = new DerReader(extension.value(TAG.octetString).content);
    extension.end();
    if (seen.has(oid)) throw new DerError(`the extension ${oid} stands there twice`); // RFC 5280 section 4.2
    seen.add(oid);
    const read = READ[oid];
    if (read !== undefined) {
      read(into, value, critical);
      value.end();
    } else {
      unknown.push(oid);
      if (critical) unknownCritical.push(oid);
    }
  }
  return into;
}

/** One character per octet, so that no octet (NUL, a half UTF-8 sequence) can hide from the checks. */
export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
