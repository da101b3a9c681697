import type { Command } from 'commander';
import type { CliContext, NodeSelection } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import {
  addRetirement,
  type RetirementOptions,
  requireAuthority,
  retirementMs,
} from './authority-rotate.ts';

/** A chain of five certificates with large keys and many extensions, bytes. */
const MAX_FILE_BYTES = 65_536;

interface RequestOptions extends NodeSelection {
  readonly out: string;
}

/** The first half of putting an authority below an enterprise PKI: `import` is the other. */
export function addAuthorityRequest(authority: Command, context: CliContext): void {
  const request = authority
    .command('request')
    .description('ask an enterprise PKI to sign the next key of this node as an authority')
    .requiredOption('--out <file>', 'where to write the request (PKCS #10, PEM)');
  addExamples(request, [
    ['selvage authority request --out authority.csr', 'then `selvage authority import chain.pem`'],
  ]);
  addNodeOptions(request).action(async ({ out, ...selection }: RequestOptions) => {
    const { connectToNode } = await import('../node-choice.ts');
    const { writeNewFile } = await import('../new-file.ts');
    const client = await connectToNode(context, selection);
    const { node, csrPem } = await client.nextAuthorityKeys({});
    writeNewFile(out, csrPem);
    context.terminal.write(
      `${out} asks for a CA certificate of ${node}: let your PKI sign it as it stands (CA, its URI name, path length 0 or more),\n` +
        'and put it, and those of the CAs above it, nearest first, into one file:\n' +
        'selvage authority import chain.pem --key FILE\n',
    );
  });
}

/** Drafts the change by which the node signs under the certificate of the PKI. */
export function addAuthorityImport(authority: Command, context: CliContext): void {
  const add = authority
    .command('import')
    .description('let this node sign identities under a certificate that an enterprise PKI made')
    .argument('<file>', 'the certificate, then those of the CAs above it, nearest first (PEM)');
  addExamples(add, [
    [
      'selvage authority import chain.pem --key ./governor.key',
      'after `selvage authority request`',
    ],
  ]);
  addNodeOptions(addSigningOptions(addRetirement(add))).action(
    async (file: string, options: RetirementOptions) => {
      const { encodeTarget } = await import('../../governance/index.ts');
      const { changeTrust } = await import('../trust-change.ts');
      const { withNextKeys } = await import('../authority-rotation.ts');
      const [certificatePem, ...chainPem] = await readChain(file);
      await changeTrust(context, options, async ({ inForce, client }) => {
        const { node, certificatePem: own, tokenKey } = await client.nextAuthorityKeys({});
        await requireSameKey(file, certificatePem, own);
        const target = requireAuthority(inForce, node);
        const now = context.clock.now();
        const untilMs = now + retirementMs(options, inForce.settings);
        const authority = withNextKeys(target, {
          certificatePem,
          chainPem,
          tokenKey,
          untilMs,
          now,
        });
        return { put: [encodeTarget({ kind: 'Authority', authority }, inForce.trustDomain)] };
      });
    },
  );
}

/** The certificate and those above it. What is wrong with them is said when the change is drafted. */
async function readChain(file: string): Promise<readonly [string, ...string[]]> {
  const { readTextFile } = await import('../../platform/index.ts');
  const { certificatesInPem } = await import('../../crypto/index.ts');
  const [first, ...above] = certificatesInPem(readTextFile(file, MAX_FILE_BYTES));
  if (first !== undefined) return [first, ...above];
  throw new CliError('INPUT_INVALID', `${file} holds no certificate in PEM`, {
    remedy: 'Name the file with the certificate that your PKI made, and those above it.',
  });
}

async function requireSameKey(file: string, imported: string, own: string): Promise<void> {
  const { certificateDer, readCertificate } = await import('../../crypto/index.ts');
  const [one, other] = [
    readCertificate(certificateDer(imported)),
    readCertificate(certificateDer(own)),
  ];
  if (!one.ok) {
    throw new CliError(
      'INPUT_INVALID',
      `the first certificate of ${file} is none of version 3: ${one.error}`,
      {
        remedy:
          'Let your PKI sign the request as it stands, with its extensions: `openssl x509 -req -copy_extensions copy …`.',
      },
    );
  }
  if (other.ok && one.value.publicKeySha256 === other.value.publicKeySha256) return;
  throw new CliError('INPUT_INVALID', `the first certificate of ${file} is of another key`, {
    remedy:
      'Put the node’s own certificate first. If its keys changed meanwhile, ask your PKI anew: `selvage authority request`.',
  });
}
