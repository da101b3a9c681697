import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

/** What the host refused. */
export const platformErrors = {
  SOCKET_PATH_TOO_LONG: {
    summary: 'The path of a unix socket is longer than the system allows',
    remedy: 'Choose a data directory with a shorter path.',
    exit: 'usage',
  },
  SOCKET_IN_USE: {
    summary: 'Another process already answers on a unix socket',
    remedy: 'Stop the other process, or choose another data directory.',
    exit: 'unavailable',
  },
  SOCKET_UNREACHABLE: {
    summary: 'Nobody answers on a unix socket',
    remedy: 'Start the node that owns it with `selvage node --data DIR`, or correct the path.',
    exit: 'unavailable',
  },
  ADDRESS_IN_USE: {
    summary: 'Another process already listens on an address and port',
    remedy: 'Stop the other process, or choose another port or listen address.',
    exit: 'unavailable',
  },
  ADDRESS_UNAVAILABLE: {
    summary: 'An address is not one of this host',
    remedy: 'Listen on an address that this host has (`ip addr` shows them).',
    exit: 'usage',
  },
  CONNECTION_FAILED: {
    summary: 'A connection to another host failed',
    remedy: 'Check that the other side runs, its address, and what lies between.',
    exit: 'unavailable',
  },
} as const satisfies ErrorCatalogue;

export class PlatformError extends SelvageError<keyof typeof platformErrors> {
  constructor(
    code: keyof typeof platformErrors,
    message: string,
    options?: ErrorOptionsWithRemedy,
  ) {
    super(platformErrors, code, message, options);
  }
}

/** What a failed listen means to a person. */
export function listenError(cause: unknown, host: string, port: number): PlatformError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRNOTAVAIL') {
    return new PlatformError('ADDRESS_UNAVAILABLE', `this host has no address ${host}`, { cause });
  }
  return new PlatformError('ADDRESS_IN_USE', `something listens on ${host}:${port} already`, {
    cause,
  });
}
