import { cgroupOf } from './process-cgroup.ts';
import { listProcessFiles, readProcessFile, readProcessLink } from './process-files.ts';
import { holdsSocket, type OwnedSocket } from './socket-owners.ts';

/** Where a process's connections come from, as rules of the kernel see it. */
export interface ProcessOrigin {
  readonly uid: number;
  /** Its path below the unified hierarchy, without the leading slash; `''` at its root, or without one. */
  readonly cgroup: string;
  /** As {@link NetworkNamespace.identity}. */
  readonly namespace: string;
}

/** Undefined when the process is gone, or not shown to our user. */
export function originOf(pid: number): ProcessOrigin | undefined {
  const status = readProcessFile(`${pid}/status`);
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(status ?? '')?.[1]; // the effective one
  const namespace = readProcessLink(`${pid}/ns/net`);
  if (uid === undefined || namespace === undefined) return undefined;
  const cgroup = cgroupOf(pid)?.slice(1) ?? '';
  return { uid: Number(uid), cgroup, namespace };
}

/** The processes that have one of these sockets open, as far as they are shown to our user. */
export function holdersOf(sockets: readonly OwnedSocket[]): number[] {
  const pids = listProcessFiles('')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => holdsSocket([pid], sockets, () => false));
}
