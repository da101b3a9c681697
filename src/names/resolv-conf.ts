import type { SocketAddress } from '../ports/index.ts';

const DNS_PORT = 53;
/** As many as the system's own library takes (resolv.conf(5)). */
const MAX_RESOLVERS = 3;

/**
 * The resolvers of a `resolv.conf`, in its order, without ourselves: the line that makes programs ask us
 * stands before theirs.
 */
export function resolversOf(text: string, self: SocketAddress): SocketAddress[] {
  const named = text.split('\n').flatMap((line) => {
    const [word, host] = line.trim().split(/\s+/);
    return word === 'nameserver' && host !== undefined ? [{ host, port: DNS_PORT }] : [];
  });
  const others = named.filter(({ host, port }) => host !== self.host || port !== self.port);
  return others.slice(0, MAX_RESOLVERS);
}
