import 'reflect-metadata';
import { KeyObject, type webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { HOUR_MS, NOW } from './mesh-certificates.ts';

/** An algorithm of `crypto.subtle.generateKey`. */
export type KeyAlgorithm = { readonly name: string; readonly hash: string };

/** What nodes and authorities use. */
export const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate with its key. */
export interface KeyedCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly privateKey: KeyObject;
  readonly subject: string;
  readonly keys: CryptoKeyPair;
  readonly algorithm: KeyAlgorithm;
}

interface Facts {
  readonly subject: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  readonly algorithm?: KeyAlgorithm | undefined;
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
  /** Its own key where nobody is above it. */
  readonly issuer?: KeyedCertificate | undefined;
  /** Signs instead of the issuer, under its name. */
  readonly signer?: KeyedCertificate | undefined;
  readonly extensions: (publicKey: CryptoKey) => Promise<x509.Extension[]>;
}

/** Makes a key, and a certificate of it with exactly these extensions. */
export async function makeUpCertificate(facts: Facts): Promise<KeyedCertificate> {
  const { subject, serialNumber, algorithm = P256, issuer, signer = issuer } = facts;
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in keys)) throw new Error('not an algorithm of key pairs');
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    serialNumber,
    issuer: issuer?.subject ?? subject,
    notBefore: new Date(facts.notBefore ?? NOW - HOUR_MS),
    notAfter: new Date(facts.notAfter ?? NOW + HOUR_MS),
    publicKey: keys.publicKey,
    signingKey: signer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: signer?.algorithm ?? algorithm,
    extensions: await facts.extensions(keys.publicKey),
  });
  return {
    subject,
    keys,
    algorithm,
    der: new Uint8Array(certificate.rawData),
    pem: `${certificate.toString('pem')}\n`,
    // The two types of one key differ in their declarations alone.
    privateKey: KeyObject.from(keys.privateKey as webcrypto.CryptoKey),
  };
}
