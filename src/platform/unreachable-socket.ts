import { PlatformError } from './errors.ts';
import { systemErrorCode } from './system-error.ts';

/** Why nobody was reached at a unix socket; `permission`: what helps a user who may not open it. */
export function unreachable(path: string, cause: unknown, permission: string): PlatformError {
  const code = systemErrorCode(cause) ?? '';
  return new PlatformError('SOCKET_UNREACHABLE', `'${path}' ${whyUnreachable(code)}`, {
    cause,
    ...(FORBIDDEN.has(code) ? { remedy: permission } : {}),
  });
}

const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

function whyUnreachable(code: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'may not be opened by this user';
    case 'ECONNREFUSED':
    case 'ConnectionRefused':
    case 'FailedToOpenSocket':
      return 'has no process behind it';
    case 'ENAMETOOLONG':
      return 'is longer than a unix socket’s path may be';
    default:
      return 'was closed before an answer came';
  }
}
