import type { Command } from 'commander';
import picocolors from 'picocolors';
import type { Status } from '../../admin/index.ts';
import { describeDuration } from '../../core/index.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { fieldLines, formatData, type OutputFormat, outputOption } from '../output/index.ts';

interface StatusOptions extends NodeSelection {
  readonly output: OutputFormat;
}

export function addStatus(program: Command, context: CliContext): void {
  const command = program
    .command('status')
    .description('say how a node is, what it enforces, and what needs a person')
    .addOption(outputOption());
  addExamples(command, [
    ['selvage status', 'the node that runs here'],
    ['selvage status --data ./n2 -o json', 'another node, for a program'],
  ]);
  addNodeOptions(command).action(async (options: StatusOptions) => {
    const client = await connectToNode(context, options);
    const status = await client.status({});
    const { terminal } = context;
    if (options.output !== 'table') terminal.write(formatData(status, options.output));
    else terminal.write(`${statusLines(status, terminal).join('\n')}\n`);
  });
}

function statusLines(status: Status, terminal: CliContext['terminal']): string[] {
  const { yellow, green } = picocolors.createColors(terminal.colours.out);
  const { trust, records, members, credential, workloads, dns, warnings } = status;
  const fields: readonly (readonly [name: string, value: string])[] = [
    ['mesh', status.trustDomain],
    ['node', `${status.node} (selvage ${status.version}, since ${status.startedAt})`],
    ['authority', AUTHORITY_WORDS[status.authority]],
    ['CA certificate', status.certificateSha256 ?? 'none'],
    ['trust', `version ${trust.version}, root ${trust.rootVersion}, digest ${trust.digest}`],
    ['trust is fresh for', describeDuration(trust.timestamp.leftMs)],
    ['records', `${records.count}, digest ${records.digest}`],
    ['other members', memberWords(members)],
    ['names', dns === undefined ? 'this node knows of none' : dnsWords(dns)],
    ['credential ends in', describeDuration(credential.leftMs)],
    ['workloads', workloads.length === 0 ? 'none attached' : `${workloads.length} attached`],
  ];
  return [
    ...fieldLines(fields, terminal.columns),
    ...workloads.flatMap((workload) => [
      `  ${workloadLine(workload)}`,
      ...(workload.names ?? []).map(
        ({ name, address, port }) => `    ${name} is ${address}:${port}`,
      ),
    ]),
    ...(warnings.length === 0
      ? [green('nothing needs a person')]
      : warnings.map((warning) => yellow(`warning: ${warning}`))),
  ];
}

const AUTHORITY_WORDS: Readonly<Record<Status['authority'], string>> = {
  yes: 'yes, it signs identities',
  candidate: 'no; `selvage authority add` can make it one',
  no: 'no',
};

function memberWords({ alive, suspect, dead, left }: Status['members']): string {
  const named = (names: readonly string[], how: string): string =>
    names.length === 0 ? '' : `, ${names.length} ${how}: ${names.join(', ')}`;
  return `${alive} alive${named(suspect, 'suspect')}${named(dead, 'dead')}${named(left, 'left')}`;
}

const dnsWords = (dns: NonNullable<Status['dns']>): string =>
  'address' in dns ? `answered on ${dns.address}` : `not answered: ${dns.problem}`;

function workloadLine(workload: Status['workloads'][number]): string {
  const { spiffeId, pid, serves, svid, workers } = workload;
  const service = serves === undefined ? '' : `, serves ${serves}`;
  const left = svid === undefined ? 'no SVID yet' : remaining(svid.leftMs);
  const processes =
    workers === undefined ? '' : `, ${workers.serving} of ${workers.wanted} workers`;
  return `${spiffeId} (pid ${pid}${service}${processes}, ${left}${openness(workload)})`;
}

/** Loopback has no owner: a port or address there trusts whoever is in its network namespace. */
function openness({ upstreams = 0, isolated }: Status['workloads'][number]): string {
  if (upstreams === 0) return '';
  if (isolated === true) return ', isolated';
  const what = upstreams === 1 ? '1 upstream' : `${upstreams} upstreams`;
  return `, ${what} open to every process of this host`;
}

const remaining = (leftMs: number): string =>
  leftMs <= 0 ? 'its SVID has ended' : `SVID ends in ${describeDuration(leftMs)}`;
