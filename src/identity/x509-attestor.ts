import { err, type NodeName, ok, parseNodeName, type Result } from '../core/index.ts';
import { type Certificate, hasPossession, verifyEnterprisePath } from '../crypto/index.ts';
import type { Clock } from '../ports/index.ts';
import type { NodeAttestation } from './node-attestation.ts';
import type {
  Admittance,
  Applicant,
  AttestationRefusal,
  EvidenceOf,
  NodeAttestor,
} from './node-attestor.ts';

export interface X509AttestorParts {
  /** Those in force. */
  readonly attestations: () => readonly NodeAttestation[];
  /** Is this public key (SHA-256 of its SubjectPublicKeyInfo, hex) revoked? */
  readonly isRevoked: (publicKeySha256: string) => boolean;
  readonly clock: Clock;
}

/**
 * By a certificate of the enterprise, whose key the host has. The certificate says which node it may be, and
 * whoever holds its key may be that node, again and again: the newest takes over.
 */
export class X509Attestor implements NodeAttestor<'x509pop'> {
  readonly #parts: X509AttestorParts;

  constructor(parts: X509AttestorParts) {
    this.#parts = parts;
  }

  check(
    { chain, signature }: EvidenceOf<'x509pop'>,
    { node, challenge }: Applicant,
  ): Result<Admittance, AttestationRefusal> {
    const { attestations, isRevoked, clock } = this.#parts;
    const problems: AttestationRefusal[] = [];
    for (const attestation of attestations()) {
      const { name, certificates } = attestation;
      const path = verifyEnterprisePath(chain, certificates, clock.now());
      if (!path.ok) {
        problems.push(refused(`by NodeAttestation ${name}: ${path.error}`));
        continue;
      }
      if (isRevoked(path.value.publicKeySha256)) return err(refused('its key is revoked'));
      if (!hasPossession(path.value, challenge, signature)) {
        return err(refused('it does not prove that it holds the key of its certificate'));
      }
      const named = NAMES[attestation.nodeName](path.value, attestation);
      if (named.ok && named.value === node) {
        return ok({ sinceMs: path.value.notBefore, takesOver: 'members' });
      }
      problems.push(
        named.ok
          ? otherName(named.value, node)
          : refused(`NodeAttestation ${name}: ${named.error}`),
      );
    }
    return err(problems.at(-1) ?? refused('no NodeAttestation is in force'));
  }

  /** Nothing is spent by it. */
  redeem(evidence: EvidenceOf<'x509pop'>, applicant: Applicant) {
    return this.check(evidence, applicant);
  }
}

/** Where the name of the node stands. */
const NAMES: Readonly<
  Record<
    NodeAttestation['nodeName'],
    (certificate: Certificate, by: NodeAttestation) => Result<NodeName, string>
  >
> = {
  commonName: ({ commonNames }) => {
    const [name, ...more] = commonNames;
    return name === undefined || more.length > 0
      ? err(`its certificate has ${commonNames.length} common names, not one`)
      : parseNodeName(name);
  },
  dns: ({ extensions }, { dnsDomain }) => {
    const [name, ...more] = extensions.altNames?.dns ?? [];
    if (name === undefined || more.length > 0) {
      return err(
        `its certificate has ${name === undefined ? 0 : more.length + 1} DNS names, not one`,
      );
    }
    const [first = '', ...above] = name.toLowerCase().split('.');
    return above.join('.') === dnsDomain
      ? parseNodeName(first)
      : err(`'${name}' does not stand directly below ${dnsDomain ?? 'any domain'}`);
  },
};

const refused = (message: string): AttestationRefusal => ({ code: 'HOST_NOT_VOUCHED', message });

const otherName = (named: NodeName, asked: NodeName): AttestationRefusal => ({
  code: 'CERTIFICATE_OTHER_NODE',
  message: `the certificate is for the node ${named}, not for ${asked}`,
});
