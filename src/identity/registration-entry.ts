import { type NodeName, type SpiffeId, workloadOf } from '../core/index.ts';
import type { ProcessFacts } from './registration.ts';

/**
 * The registration that would have let a process in, to paste into a file, and below it what could narrow
 * it. The process chose its path, and maybe its control group: quoted, they cannot add lines to what a
 * governor pastes.
 */
export function entryFor({
  facts,
  node,
  requested,
}: {
  readonly facts: ProcessFacts;
  readonly node: NodeName;
  readonly requested?: SpiffeId;
}): string {
  const workload = requested === undefined ? undefined : workloadOf(requested);
  const name = workload?.serviceAccount ?? 'NAME';
  const { executable, executableSha256: sha256 = '' } = facts;
  return [
    'apiVersion: selvage.dev/v1alpha1',
    'kind: Registration',
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${workload?.namespace ?? 'default'}`,
    'spec:',
    `  serviceAccount: ${name}`,
    `  nodes: [${node}]`,
    '  selectors:',
    `    uid: ${facts.uid}`,
    ...(executable.startsWith('/') ? [`    executable: ${JSON.stringify(executable)}`] : []),
    ...(/^[0-9a-f]+$/.test(sha256) ? [`    sha256: ${sha256}`] : []),
    ...narrower(facts).map((line) => `    # ${line}`),
  ].join('\n');
}

function narrower({ gid, cgroup = '/', startedByRun }: ProcessFacts): readonly string[] {
  return [
    'what else it may be held to:',
    `gid: ${gid}`,
    ...(cgroup === '/' ? [] : [`cgroup: ${JSON.stringify(cgroup)}`]),
    ...(startedByRun ? ['startedByRun: true'] : []),
  ];
}
