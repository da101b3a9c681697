import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';
import { systemErrorCode } from './system-error.ts';

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
    remedy:
      'Start the node that owns it with `selvage node --data DIR`, or correct the path. One that runs, and whose socket was removed, makes it again when it is restarted.',
    exit: 'unavailable',
  },
  ADDRESS_IN_USE: {
    summary: 'Another process already listens on an address and port',
    remedy:
      'Stop the other process (`ss -lntup` shows it), or choose another port or listen address.',
    exit: 'unavailable',
  },
  ADDRESS_UNAVAILABLE: {
    summary: 'An address is not one of this host',
    remedy: 'Listen on an address that this host has (`ip addr` shows them).',
    exit: 'usage',
  },
  PROGRAM_NOT_STARTED: {
    summary: 'A program cannot be started',
    remedy: 'Check its name, that it is on PATH, and that it may be executed.',
    exit: 'usage',
  },
  CONNECTION_FAILED: {
    summary: 'A connection to another host failed',
    remedy: 'Check that the other side runs, its address, and what lies between.',
    exit: 'unavailable',
  },
  TLS_CREDENTIALS_UNUSABLE: {
    summary: 'A server cannot show its certificate: it or its key is damaged, or they are no pair',
    remedy:
      'Check both files: the certificate with those that it was signed by after it, and its own key, PEM.',
    exit: 'usage',
  },
  OUTSIDE_REFUSED: {
    summary: 'An address that was to be asked is not one of the world',
    remedy:
      'Correct the URL. If it is a server of your own network, name that network in `outside.networks` of the nodes’ configuration.',
    exit: 'refused',
  },
  OUTSIDE_UNREADABLE: {
    summary: 'A server of the world gave another answer than is read',
    remedy: 'Look with `curl` at what the URL answers; redirects are not followed.',
    exit: 'unavailable',
  },
  FILE_MISSING: {
    summary: 'A file or directory that was named is not there',
    remedy: 'Correct the path.',
    exit: 'usage',
  },
  FILE_UNREADABLE: {
    summary: 'A file cannot be read',
    remedy: 'Check the permissions of the file and of the directories above it.',
    exit: 'usage',
  },
  FILE_UNWRITABLE: {
    summary: 'A file, directory or socket cannot be made or written',
    remedy: 'Check that the directory is there, its permissions, and the free space of the disk.',
    exit: 'unavailable',
  },
  FILE_TOO_LARGE: {
    summary: 'A file is larger than is read of its kind',
    remedy: 'Check that it is the file you meant.',
    exit: 'usage',
  },
  DIRECTORY_NOT_PRIVATE: {
    summary: 'A directory that must be for its owner alone is open to, or belongs to, someone else',
    remedy: 'Make it yours and private with `chown` and `chmod 700`.',
    exit: 'refused',
  },
  STATE_IN_USE: {
    summary: 'Another process holds the database of a data directory',
    remedy: 'Another node runs on this data directory: stop it, or choose another `--data`.',
    exit: 'unavailable',
  },
  STATE_NEWER: {
    summary: 'The database of a data directory was written by a newer version',
    remedy: 'Run the version that wrote it, or a newer one.',
    exit: 'refused',
  },
  STATE_CORRUPT: {
    summary: 'The database of a data directory is damaged, or is not one of ours',
    remedy:
      'Restore it from a backup, or move the data directory away and join again, with a token made for this node (`selvage token create --name NODE`).',
    exit: 'refused',
  },
  STATE_UNWRITABLE: {
    summary: 'The database of a data directory cannot be read or written',
    remedy:
      'Check that this user may write there, the free space and the health of the disk; what was written before is kept.',
    exit: 'unavailable',
  },
  PEER_UNREACHABLE: {
    summary: 'A peer cannot be reached, or did not let us in',
    remedy: 'Check that its node runs, its address, and that both credentials are good.',
    exit: 'unavailable',
  },
  REQUEST_UNANSWERED: {
    summary: 'A peer did not answer a request',
    remedy: 'Try again; if it lasts, look at the log of that node.',
    exit: 'unavailable',
  },
  MESSAGE_TOO_LARGE: {
    summary: 'A message is larger than peers take',
    remedy: 'Split what it carries.',
    exit: 'usage',
  },
  PEER_UNKNOWN: {
    summary: 'The process at the other end of a unix socket cannot be told',
    remedy:
      'Start it again; it must stay alive and in the same PID namespace while it is attested.',
    exit: 'refused',
  },
  ROOT_NEEDED: {
    summary: "The host's network can be changed by root only",
    remedy: 'Run the command as root; what needs no root is `--upstream`.',
    exit: 'refused',
  },
  TOOL_MISSING: {
    summary: 'A program of the host that sets its network up is not there',
    remedy: 'Install it, or put its directory on PATH.',
    exit: 'unavailable',
  },
  TOOL_FAILED: {
    summary: 'A program of the host that sets its network up refused what it was told',
    remedy:
      'Follow what it says. nft says `No such file` or `not supported` of what the kernel lacks: load nft_chain_nat, nft_redir and nft_socket.',
    exit: 'unavailable',
  },
  NAMESPACE_MISSING: {
    summary: 'A network namespace that was named is not there',
    remedy: 'Name one that `ip netns list` shows, or a path such as /proc/PID/ns/net.',
    exit: 'usage',
  },
  KEY_FILE_OPEN_TO_OTHERS: {
    summary: 'A file with a private key or a passphrase gives rights to others than its owner',
    remedy: 'Run `chmod 600` on it. If others use this host, take the key for stolen.',
    exit: 'refused',
  },
  KEY_FILE_UNUSABLE: {
    summary: 'A private key file is empty, cut off, damaged or of the wrong kind',
    remedy:
      'Check that it is the file you meant: of two halves the one without `.pub`. If it is, restore it from a backup.',
    exit: 'usage',
  },
  KEY_FILE_EXISTS: {
    summary: 'A private key would replace one that is there',
    remedy:
      'Choose another path, or move the old key away once you are sure that nothing needs it.',
    exit: 'usage',
  },
  PASSPHRASE_WRONG: {
    summary: 'A passphrase does not open the private key that it was given for',
    remedy:
      'Run the command again with the right one. If nobody knows it, the key is lost: the other governors replace one of theirs with `selvage governor rotate`, and that of an authority by another node (`selvage authority add`).',
    exit: 'refused',
  },
  KEY_IN_DATA_DIRECTORY: {
    summary: "A governor's key lies in a node's data directory",
    remedy: 'Keep it elsewhere, best on another machine: whoever steals the node must not get it.',
    exit: 'refused',
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

/** What a failed listen means to a person; what is no matter of the address is thrown as it is. */
export function listenError(cause: unknown, host: string, port: number): unknown {
  const place = `${host}:${port}`;
  switch (systemErrorCode(cause)) {
    case 'EADDRINUSE':
      return new PlatformError('ADDRESS_IN_USE', `something listens on ${place} already`, {
        cause,
      });
    case 'EADDRNOTAVAIL':
      return new PlatformError('ADDRESS_UNAVAILABLE', `this host has no address ${host}`, {
        cause,
      });
    case 'EACCES':
      return new PlatformError('ADDRESS_UNAVAILABLE', `this user may not listen on ${place}`, {
        cause,
        remedy: 'Choose a port from 1024 on, or give the program CAP_NET_BIND_SERVICE.',
      });
    default:
      return cause;
  }
}
