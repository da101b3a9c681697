import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from './processes.ts';

/** What the peers show each other, as paths of PEM files; keys are P-256, as ours are. */
export interface Certificates {
  readonly authority: string;
  readonly caller: Leaf;
  readonly callee: Leaf;
  /** In the callee's certificate; nginx and Envoy compare it. */
  readonly calleeName: string;
}

export interface Leaf {
  readonly certificate: string;
  readonly key: string;
  /** Both in one file, as HAProxy reads them. */
  readonly both: string;
}

const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

export async function makeCertificates(
  processes: Processes,
  directory: string,
): Promise<Certificates> {
  const path = (name: string): string => join(directory, name);
  const request = async (name: string, options: readonly string[]): Promise<void> => {
    const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
    const subject = ['-subj', `/CN=${name}`, '-config', path('openssl.cnf')];
    await processes.output(['openssl', 'req', '-x509', ...P256, ...files, ...subject, ...options]);
  };
  const leaf = async (name: string): Promise<Leaf> => {
    const issuer = ['-CA', path('authority.crt'), '-CAkey', path('authority.key')];
    const alternative = ['-addext', `subjectAltName=DNS:${name}`];
    await request(name, ['-extensions', 'leaf', ...issuer, ...alternative]);
    const made = { certificate: path(`${name}.crt`), key: path(`${name}.key`) };
    const both = path(`${name}.pem`);
    writeFileSync(both, readFileSync(made.certificate, 'utf8') + readFileSync(made.key, 'utf8'));
    return { ...made, both };
  };
  writeFileSync(path('openssl.cnf'), SETTINGS);
  await request('authority', ['-extensions', 'authority']);
  return {
    authority: path('authority.crt'),
    caller: await leaf('caller.mesh'),
    callee: await leaf('callee.mesh'),
    calleeName: 'callee.mesh',
  };
}

const SETTINGS = `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
`;
