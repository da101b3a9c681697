import { ENDPOINT_KIND, NODE_KEY, NODE_KIND } from '../../src/registry/index.ts';
import { recordId } from '../../src/replication/index.ts';
import { type DiskImage, WORLD_EPOCH } from '../world/index.ts';
import { payloadOf, sealed } from './hand-made-record.ts';
import type { Identity } from './identity.ts';
import { endpointClaim, nodeClaim } from './made-up-trust.ts';

/** Where every node takes connections and datagrams. */
export const MESH_PORT = 7_600;

/** What was said before the run counts as said before the first life: a start is news to all, and the first is not told. */
const FIRST_BOOT = 0;
export const PRESENT_BOOT = 1;
/** Said an hour before the run: half their life, at which they are said again, is far off. */
const SAID_BEFORE_MS = 60 * 60 * 1_000;
const LIFE_MS = 24 * 60 * 60 * 1_000;

/** What a node at `host` says of itself. */
export const selfClaim = (name: string, host: string) =>
  nodeClaim(name, host, [`/ip4/${host}/tcp/${MESH_PORT}`, `/ip4/${host}/udp/${MESH_PORT}`]);

/** The disk of a mesh that has run for a while: each node's own record and one endpoint of each. */
export function settledImage(
  nodes: readonly { readonly identity: Identity; readonly host: string }[],
): DiskImage {
  const values = new Map<string, Uint8Array>();
  const issuedAt = WORLD_EPOCH - SAID_BEFORE_MS;
  const dates = { issuedAt, expiresAt: issuedAt + LIFE_MS };
  nodes.forEach(({ identity: { name, writer }, host }, serial) => {
    const say = (n: number, kind: string, key: string, value: unknown): void => {
      const payload = payloadOf(writer, issuedAt, {
        kind,
        key,
        value,
        boot: FIRST_BOOT,
        n,
        ...dates,
      });
      values.set(recordId(name, kind, key), sealed(writer, payload));
    };
    say(0, NODE_KIND, NODE_KEY, selfClaim(name, host));
    say(1, ENDPOINT_KIND, 'workload-0', endpointClaim(host, serial));
  });
  return new Map([['records', { keys: [...values.keys()].sort(), values }]]);
}
