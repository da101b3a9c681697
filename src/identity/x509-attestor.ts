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
    for (const { name, certificates, nodeName } of attestations()) {
      const path = verifyEnterprisePath(chain, certificates, clock.now());
      if (!path.ok) {
        problems.push(refused(`by NodeAttestation ${name}: ${path.error}`));
        continue;
      }
      if (isRevoked(path.value.publicKeySha256)) return err(refused('its key is revoked'));
      if (!hasPossession(path.value, challenge, signature)) {
        return err(refused('it does not prove that it holds the key of its certificate'));
      }
      const named = NAMES[nodeName](path.value);
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
  Record<NodeAttestation['nodeName'], (certificate: Certificate) => Result<NodeName, string>>
> = {
  commonName: ({ commonNames }) => {
    const [name, ...more] = commonNames;
    return name === undefined || more.length > 0
      ? err(`its certificate has ${commonNames.length} common names, not one`)
      : parseNodeName(name);
  },
  dns: ({ extensions }) => {
    const names = extensions.altNames?.dns ?? [];
    const [name, ...more] = names;
    return name === undefined || more.length > 0
      ? err(`its certificate has ${names.length} DNS names, not one`)
      : parseNodeName(name.toLowerCase().split('.')[0] ?? '');
  },
};

const refused = (message: string): AttestationRefusal => ({ code: 'HOST_NOT_VOUCHED', message });

const otherName = (named: NodeName, asked: NodeName): AttestationRefusal => ({
  code: 'CERTIFICATE_OTHER_NODE',
  message: `the certificate is for the node ${named}, not for ${asked}`,
});
