import { expect, test } from 'bun:test';
import type { NodeName } from '../../core/index.ts';
import type { Applicant, Evidence, NodeAttestor } from '../index.ts';
import type { EvidenceOf } from '../node-attestor.ts';

/** A world in which hosts can be attested in one way. */
export interface AttestorWorld<Kind extends Evidence['kind']> {
  readonly attestor: NodeAttestor<Kind>;
  /** What a host with every right shows, to be the node of this applicant. */
  evidenceFor(applicant: Applicant): EvidenceOf<Kind>;
  /** Lets time pass until what was shown before is good no more. */
  outlive(): void;
  /** The same kind of evidence, made by somebody whom nobody here trusts. */
  foreignFor(applicant: Applicant): EvidenceOf<Kind>;
  /** The same with a byte changed somewhere. */
  damaged(evidence: EvidenceOf<Kind>): EvidenceOf<Kind>;
}

// labels, by inspection
const [n2, n3] = ['n2' as NodeName, 'n3' as NodeName];

const applicant = (node: NodeName, fill: number): Applicant => ({
  node,
  publicKey: new Uint8Array(32).fill(fill),
  challenge: new Uint8Array(32).fill(fill + 100),
});

/** What every way to attest a node keeps; `open` makes a fresh world in which `n2` may join. */
export function nodeAttestorContract<Kind extends Evidence['kind']>(
  name: string,
  open: () => Promise<AttestorWorld<Kind>>,
): void {
  const host = applicant(n2, 1);

  test(`${name}: a host with every right is attested`, async () => {
    const { attestor, evidenceFor } = await open();
    expect(attestor.redeem(evidenceFor(host), host).ok).toBe(true);
  });

  test(`${name}: to be asked about spends nothing`, async () => {
    const { attestor, evidenceFor } = await open();
    const evidence = evidenceFor(host);
    const other = applicant(n2, 2);
    expect(attestor.check(evidence, host).ok).toBe(true);
    expect(attestor.check(evidence, host).ok).toBe(true);
    expect(attestor.redeem(evidenceFor(other), other).ok).toBe(true);
  });

  test(`${name}: whoever was attested may come again with the same name and key`, async () => {
    const { attestor, evidenceFor } = await open();
    const evidence = evidenceFor(host);
    expect(attestor.redeem(evidence, host).ok).toBe(true);
    expect(attestor.redeem(evidence, host).ok).toBe(true);
  });

  test(`${name}: what one host showed lets in no other key afterwards, and no other name`, async () => {
    const { attestor, evidenceFor } = await open();
    const evidence = evidenceFor(host);
    expect(attestor.redeem(evidence, host).ok).toBe(true);
    for (const other of [applicant(n2, 2), { ...host, node: n3 }]) {
      expect(attestor.check(evidence, other).ok).toBe(false);
      expect(attestor.redeem(evidence, other).ok).toBe(false);
    }
  });

  test(`${name}: evidence that has ended is refused`, async () => {
    const { attestor, evidenceFor, outlive } = await open();
    const evidence = evidenceFor(host);
    outlive();
    expect(attestor.check(evidence, host).ok).toBe(false);
    expect(attestor.redeem(evidence, host).ok).toBe(false);
  });

  test(`${name}: evidence of strangers, and damaged evidence, is refused in words`, async () => {
    const { attestor, evidenceFor, foreignFor, damaged } = await open();
    for (const evidence of [foreignFor(host), damaged(evidenceFor(host))]) {
      const refused = attestor.redeem(evidence, host);
      expect(refused.ok ? '' : refused.error.message).not.toBe('');
    }
  });

  test(`${name}: a refusal spends nothing either`, async () => {
    const { attestor, evidenceFor, damaged } = await open();
    const evidence = evidenceFor(host);
    expect(attestor.redeem(damaged(evidence), host).ok).toBe(false);
    expect(attestor.redeem(evidence, host).ok).toBe(true);
  });
}
