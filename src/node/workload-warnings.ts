import type { DnsState } from './names-plane.ts';
import type { WorkloadSession } from './workload-session.ts';

type Session = Pick<WorkloadSession, 'workload' | 'facts'>;

/** What of this node's sidecars and their applications a person should look into, in words. */
export const workloadWarnings = (sessions: readonly Session[], dns: DnsState): string[] => [
  ...sessions.flatMap(olderPolicies),
  ...sessions.flatMap(lostWorkers),
  ...sessions.flatMap(silentApplication),
  ...unansweredNames(sessions, dns),
];

/** It cannot link what is in force: an older sidecar, after an upgrade of the node. */
function olderPolicies({ workload, facts }: Session): string[] {
  const problem = workload?.enforces?.problem;
  if (workload === undefined || problem === undefined) return [];
  return [`${workload.spiffeId} (pid ${facts.pid}) keeps older policies: ${problem}: restart it`];
}

/** It carries with fewer processes than it was told to: those that ended come back by themselves. */
function lostWorkers({ workload, facts }: Session): string[] {
  const workers = workload?.enforces?.workers;
  if (workload === undefined || workers === undefined) return [];
  const { serving, wanted } = workers;
  if (serving >= wanted) return [];
  const who = `${workload.spiffeId} (pid ${facts.pid})`;
  return [`${who} runs ${serving} of its ${wanted} workers: see its log`];
}

/** It serves, for all that its sidecar knows, and its application would answer nobody. */
function silentApplication({ workload, facts }: Session): string[] {
  const service = workload?.hello.serves?.service;
  if (service === undefined || workload?.listens !== false) return [];
  return [`${service} (pid ${facts.pid}) gets no traffic: its application does not listen`];
}

/** Workloads call by name, where nobody answers for names. */
function unansweredNames(sessions: readonly Session[], dns: DnsState): string[] {
  const isCaller = sessions.some(({ workload }) => workload?.hello.named?.length);
  if ('at' in dns || !isCaller) return [];
  return [`workloads call services by name, and this node answers for none: ${dns.problem}`];
}
