import { readProcessFile } from './process-files.ts';

/**
 * Where a process stands in the unified hierarchy of control groups (cgroups(7)): `/` at its root,
 * `/system.slice/web.service` below. Undefined without such a hierarchy, or when the process is gone.
 */
export const cgroupOf = (pid: number): string | undefined =>
  /^0::(\/.*)$/m.exec(readProcessFile(`${pid}/cgroup`) ?? '')?.[1];
