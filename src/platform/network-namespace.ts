import { dlopen, FFIType } from 'bun:ffi';
import { openSync, readlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Datagrams, Sockets } from '../ports/index.ts';
import { bunDatagrams } from './datagrams.ts';
import { PlatformError } from './errors.ts';
import { bunSockets } from './sockets.ts';

/** Where ip-netns(8) keeps the namespaces that have a name. */
export const NAMESPACE_DIRECTORY = '/run/netns';
/** linux/sched.h */
const CLONE_NEWNET = 0x40000000;

type SetNs = (fd: number) => boolean;

/** A network namespace other than this process's own: interfaces, addresses, ports and rules of its own. */
export class NetworkNamespace {
  /** Keeps the namespace alive for as long as this process lives, whatever becomes of its name. */
  readonly #fd: number;
  readonly #setNs: SetNs;
  readonly #home: number;

  private constructor(fd: number, home: number) {
    this.#fd = fd;
    this.#home = home;
    this.#setNs = loadSetNs();
  }

  /**
   * Opens the one that ip-netns(8) knows as `name`, or that is at the absolute path `name`, such as `/proc/123/ns/net`.
   *
   * @throws PlatformError NAMESPACE_MISSING, ROOT_NEEDED
   */
  static open(name: string): NetworkNamespace {
    const path = name.startsWith('/') ? name : join(NAMESPACE_DIRECTORY, name);
    const namespace = new NetworkNamespace(openNamespace(path), openNamespace(HOME));
    namespace.inside(() => undefined); // whoever may not enter it hears so now
    return namespace;
  }

  /** The same for all who mean this namespace, by whatever name. */
  get identity(): string {
    return this.inside(() => readlinkSync(HOME));
  }

  /**
   * Calls `run` in there. Sockets that it opens and processes that it starts stay there for good; what it waits for
   * happens outside again. Only this thread enters, so what the runtime does on others is not in there.
   *
   * @throws PlatformError ROOT_NEEDED
   */
  inside<T>(run: () => T): T {
    if (!this.#setNs(this.#fd)) {
      throw new PlatformError('ROOT_NEEDED', 'this user may not enter a network namespace');
    }
    try {
      return run();
    } finally {
      // Who may enter may return. If not, everything that follows would happen at the wrong place.
      if (!this.#setNs(this.#home)) process.abort();
    }
  }
}

/** That of this thread, which is what the kernel moves. */
const HOME = '/proc/thread-self/ns/net';

let loaded: SetNs | undefined;

function loadSetNs(): SetNs {
  if (loaded !== undefined) return loaded;
  const { i32 } = FFIType;
  const { symbols } = dlopen('libc.so.6', { setns: { args: [i32, i32], returns: i32 } });
  loaded = (fd) => symbols.setns(fd, CLONE_NEWNET) === 0;
  return loaded;
}

function openNamespace(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new PlatformError('NAMESPACE_MISSING', `there is no network namespace '${path}'`, {
      cause,
    });
  }
}

/** Sockets that listen and connect in `namespace`, whose events are told here like those of all others. */
export const socketsInside = (
  namespace: NetworkNamespace,
  sockets: Sockets = bunSockets,
): Sockets => ({
  ...sockets,
  listen: (options, handlers) => namespace.inside(() => sockets.listen(options, handlers)),
  connect: (options, data, handlers) => {
    requireAddress(options.host); // a name is looked up, and then connected to, on a thread that is not in there
    namespace.inside(() => sockets.connect(options, data, handlers));
  },
});

/** Sockets for datagrams, there. */
export const datagramsInside = (
  namespace: NetworkNamespace,
  datagrams: Datagrams = bunDatagrams,
): Datagrams => ({
  bind: (at, handlers) => namespace.inside(() => datagrams.bind(at, handlers)),
  connect: (to, handlers) => {
    requireAddress(to.host);
    return namespace.inside(() => datagrams.connect(to, handlers));
  },
  isTaken: (at) => namespace.inside(() => datagrams.isTaken(at)),
});

function requireAddress(host: string): void {
  if (isIP(host) !== 0) return;
  const message = `'${host}' is a name, and in a network namespace an address is needed`;
  throw new PlatformError('ADDRESS_UNAVAILABLE', message, {
    remedy: 'Write the address, such as 127.0.0.1.',
  });
}
