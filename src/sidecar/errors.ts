import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** Why a workload does not get into the mesh. */
export const sidecarErrors = {
  WORKLOAD_REFUSED: {
    summary: 'The node refused to give this process an identity or a service',
    remedy: 'Follow the reason: most often a Registration is missing; apply one and start again.',
    exit: 'refused',
  },
  WORKLOAD_REVOKED: {
    summary: 'What this process was in the mesh is revoked, for all that ran by then',
    remedy: 'Start the workload anew, application and sidecar, once it is sound.',
    exit: 'refused',
  },
  SIDECAR_ENDED: {
    summary: 'The sidecar ended before it could serve',
    remedy: 'Read the lines that the sidecar wrote above.',
    exit: 'unavailable',
  },
  CAPTURE_LOOP: {
    summary: "A capture would take the sidecar's own connections as well",
    remedy:
      'Run the sidecar as another user, or outside of what is captured; or name its user with --exclude-uid.',
    exit: 'refused',
  },
  CAPTURE_TAKEN: {
    summary: 'Another sidecar takes what is to be captured',
    remedy: 'Stop that sidecar first; `selvage capture --status` shows what is captured.',
    exit: 'refused',
  },
  CGROUP_MISSING: {
    summary: 'A cgroup whose connections are to be captured is not there',
    remedy: 'Name one by its path below /sys/fs/cgroup, as /proc/PID/cgroup shows it.',
    exit: 'usage',
  },
  NAME_NOT_SERVED: {
    summary: 'A service cannot be called by name on this host',
    remedy:
      'Give --upstream a local port (NAME=PORT); `selvage status` says how the node answers for names.',
    exit: 'unavailable',
  },
  NODE_SILENT: {
    summary: 'The node whose socket was named does not answer',
    remedy: 'Start it with `selvage node --data DIR`, or correct --socket.',
    exit: 'unavailable',
  },
  NODE_NOT_UNDERSTOOD: {
    summary: 'The node says what this version of the sidecar does not understand',
    remedy: 'Run the same release for the node and its sidecars: restart what is older.',
    exit: 'unavailable',
  },
} as const satisfies ErrorCatalogue;

export class SidecarError extends SelvageError<keyof typeof sidecarErrors> {
  constructor(code: keyof typeof sidecarErrors, message: string, options?: ErrorOptionsWithRemedy) {
    super(sidecarErrors, code, message, options);
  }
}
