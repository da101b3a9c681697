import { pathExists, readTextFile } from '../../platform/index.ts';
import type { Names } from '../supervision.ts';

const HOSTS = '/etc/hosts';
/** Some hosts list all those of their site there. */
const MAX_HOSTS_BYTES = 4 * 1024 * 1024;

/** Nothing answers there: whoever asks is told so at once, and does not wait. */
export const RESOLV_CONF = `# Selvage: from here only the sidecar is reachable.
nameserver 127.0.0.1
options timeout:1 attempts:1
`;

/** hosts(5): the host's own, and the services that are called by name. */
export function hostsFile(names: Names): string {
  const own = pathExists(HOSTS) ? readTextFile(HOSTS, MAX_HOSTS_BYTES) : '';
  const added = Object.entries(names).map(([name, address]) => `${address} ${name}\n`);
  return `${own}\n${added.join('')}`;
}
