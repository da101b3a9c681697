import { createPrivateKey } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';
import type { NodeName, TrustDomain } from '../../core/index.ts';
import { seededRandom } from '../../ports/testing/index.ts';
import { createAuthorityCertificate, type PrivateKey, sha256 } from '../index.ts';
import { certificateDer, certificateToPem } from '../pem.ts';

const BEGIN = Date.UTC(2020, 0, 1);
const LIFE_MS = 50 * 365 * 86_400_000;

/**
 * The CA certificate of a node, the same in every process: what names it has one content, and a simulated day can be
 * lived again. The runtime's signatures differ each time; this one is by RFC 6979.
 */
export function steadyAuthority(node: NodeName, trustDomain: TrustDomain): string {
  const secret = sha256(new TextEncoder().encode(`${trustDomain} ${node}`));
  const key = keyOf(secret);
  const life = { now: BEGIN, lifeMs: LIFE_MS, random: seededRandom(1) };
  const pem = createAuthorityCertificate({ key, trustDomain, node, ...life });
  const certificate = AsnConvert.parse(certificateDer(pem), Certificate);
  const signed = new Uint8Array(AsnConvert.serialize(certificate.tbsCertificate));
  const signature = p256.sign(signed, secret, { format: 'der', lowS: false });
  certificate.signatureValue = new Uint8Array(signature).buffer;
  return certificateToPem(new Uint8Array(AsnConvert.serialize(certificate)));
}

function keyOf(secret: Uint8Array): PrivateKey<'p256'> {
  const point = p256.getPublicKey(secret, false);
  const text = (part: Uint8Array) => Buffer.from(part).toString('base64url');
  const place = { x: text(point.subarray(1, 33)), y: text(point.subarray(33)) };
  const jwk = { kty: 'EC', crv: 'P-256', d: text(secret), ...place };
  return createPrivateKey({ key: jwk, format: 'jwk' }) as PrivateKey<'p256'>; // its curve says so
}
