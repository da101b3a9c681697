import type { NodeName } from '../core/index.ts';
import type { TrustStore } from '../governance/index.ts';
import { peerIdOf } from '../platform/index.ts';
import type { Clock, Log } from '../ports/index.ts';
import { Registry, type RegistryOptions } from '../registry/index.ts';
import type { RecordStore } from '../replication/index.ts';

export interface NodeRegistryParts {
  readonly trust: TrustStore;
  readonly records: RecordStore;
  readonly self: NodeName;
  readonly stateOf: RegistryOptions['stateOf'];
  readonly clock: Clock;
  readonly log: Log;
}

/** The registry of this node, kept up with its records and with what is in force. */
export function openRegistry(parts: NodeRegistryParts): Registry {
  const { trust, records } = parts;
  const registry = new Registry({ ...parts, trust: trust.current(), peerIdOf });
  trust.onChange((set) => registry.trust(set));
  registry.follow(records);
  return registry;
}
