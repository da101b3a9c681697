import type { Command } from 'commander';
import type { AdminService } from '../../admin/index.ts';
import { SelvageError } from '../../core/index.ts';
import type { AuthorityCertificate, RetiringAuthority, TrustSet } from '../../governance/index.ts';
import type { EpochMs } from '../../ports/index.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { type Listing, type OutputFormat, outputOption, printList } from '../output/index.ts';

interface ListOptions extends NodeSelection {
  readonly output: OutputFormat;
}

/** One CA certificate of an authority: what is asked of it when something is wrong. */
interface CertificateView {
  readonly node: string;
  readonly certificateSha256: string;
  /** `coming`: in force, and not yet used; `lost`: the node has another key, which is not in force. */
  readonly state: 'coming' | 'signs' | 'retiring' | 'lost' | 'ended';
  /** Past it nobody takes what it signed. */
  readonly endsAt: string;
  readonly namespaces: readonly string[] | 'any';
  /** Of the keys that sign tokens for the authority, by their thumbprints, the newest first. */
  readonly tokenKeys: readonly string[];
}

const listing: Listing<CertificateView> = {
  identify: ({ node, certificateSha256 }) => `${node}/${certificateSha256}`,
  empty: 'no node signs identities',
  columns: [
    { heading: 'NODE', cell: ({ node }) => node },
    { heading: 'CERTIFICATE SHA-256', cell: ({ certificateSha256 }) => certificateSha256 },
    { heading: 'STATE', cell: ({ state }) => state },
    { heading: 'ENDS', cell: ({ endsAt }) => endsAt },
    {
      heading: 'NAMESPACES',
      cell: ({ namespaces }) => (namespaces === 'any' ? 'any' : namespaces.join(', ')),
    },
    {
      heading: 'TOKEN KEYS',
      cell: ({ tokenKeys }) => tokenKeys.map((kid) => kid.slice(0, 8)).join(', ') || 'none',
    },
  ],
};

export function addAuthorityList(authority: Command, context: CliContext): void {
  const list = authority
    .command('list')
    .description('the nodes that sign identities, and their certificates')
    .addOption(outputOption());
  addExamples(list, [['selvage authority list', 'compare with `selvage status` on each']]);
  addNodeOptions(list).action(async ({ output, ...selection }: ListOptions) => {
    const { connectToNode } = await import('../node-choice.ts');
    const { fetchHeld } = await import('../held-trust.ts');
    const { authorityEnd, authorityEndWarning, heldTrust, upheldAuthorities } = await import(
      '../../governance/index.ts'
    );
    const { hasOtherKeys } = await import('../../registry/index.ts');
    const client = await connectToNode(context, selection);
    const inForce = heldTrust(await fetchHeld(client));
    const { authorities } = inForce;
    const inUse = await certificatesInUse(client, authorities);
    const { readCertificate, certificateDer, pemSha256 } = await import('../../crypto/index.ts');
    const now = context.clock.now();
    const items = upheldAuthorities(inForce).flatMap((target) =>
      target.certificates.map((certificate, index): CertificateView => {
        const { pem, untilMs } = certificate;
        const read = readCertificate(certificateDer(pem));
        const notAfter = read.ok ? read.value.notAfter : now;
        const endsAt = Math.min(notAfter, untilMs ?? notAfter);
        const used = inUse.get(target);
        const isInUse = used === pem;
        const isLost =
          used !== undefined && hasOtherKeys(target, { authority: { certificatePem: used } });
        return {
          node: target.node,
          certificateSha256: pemSha256(pem),
          state: stateOf(
            { ...certificate, endsAt, isInUse, isLost, isFirst: inUse.has(target) && index === 0 },
            now,
          ),
          endsAt: new Date(endsAt).toISOString(),
          namespaces: target.namespaces,
          tokenKeys: target.tokenKeys.map(({ kid }) => kid),
        };
      }),
    );
    printList(context.terminal, output, listing).draw({ items });
    for (const end of authorities.flatMap((one) => authorityEnd(one) ?? [])) {
      const warning = authorityEndWarning(end, now);
      if (warning !== undefined) context.terminal.writeError(`warning: ${warning}\n`);
    }
  });
}

/** What each authority says that it signs with; of one that has not been heard of, its first. Those that retire sign with nothing. */
async function certificatesInUse(
  client: AdminService,
  authorities: TrustSet['authorities'],
): Promise<ReadonlyMap<RetiringAuthority, string | undefined>> {
  const said = new Map<RetiringAuthority, string | undefined>();
  for (const authority of authorities) {
    const { node, certificates } = authority;
    try {
      said.set(authority, (await client.authorityCandidate({ node })).certificatePem);
    } catch (error) {
      if (!(error instanceof SelvageError && error.code === 'NODE_UNKNOWN')) throw error;
      said.set(authority, certificates[0]?.pem);
    }
  }
  return said;
}

function stateOf(
  certificate: AuthorityCertificate & {
    readonly endsAt: EpochMs;
    readonly isInUse: boolean;
    readonly isLost: boolean;
    readonly isFirst: boolean;
  },
  now: EpochMs,
): CertificateView['state'] {
  if (certificate.endsAt <= now) return 'ended';
  if (certificate.isInUse) return 'signs';
  if (certificate.isLost) return 'lost';
  return certificate.isFirst ? 'coming' : 'retiring';
}
