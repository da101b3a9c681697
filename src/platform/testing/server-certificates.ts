import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { ServerCredentials } from '../tls-http.ts';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

const pair = () => crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);

/** A CA of the world outside, and certificates of servers that it signs. */
export class ServerCertificates {
  readonly caPem: string;
  readonly #ca: x509.X509Certificate;
  readonly #key: CryptoKey;

  private constructor(ca: x509.X509Certificate, key: CryptoKey) {
    this.#ca = ca;
    this.#key = key;
    this.caPem = ca.toString('pem');
  }

  static async make(): Promise<ServerCertificates> {
    const keys = await pair();
    const ca = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=ca',
      keys,
      signingAlgorithm: ECDSA,
      ...dates(),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    return new ServerCertificates(ca, keys.privateKey);
  }

  /** For a server of this DNS name. */
  async server(name: string): Promise<ServerCredentials> {
    const { publicKey, privateKey } = await pair();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: 'CN=server',
      issuer: this.#ca.subjectName,
      publicKey,
      ...dates(),
      signingKey: this.#key,
      signingAlgorithm: ECDSA,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
    });
    const key = await crypto.subtle.exportKey('pkcs8', privateKey);
    return {
      certificateChainPem: certificate.toString('pem'),
      privateKeyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    };
  }
}

const dates = () => ({
  notBefore: new Date(Date.now() - DAY_MS),
  notAfter: new Date(Date.now() + DAY_MS),
});
