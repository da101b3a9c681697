import type { NodeName } from '../core/index.ts';
import type { TrustStore } from '../governance/index.ts';
import { peerIdOf } from '../platform/index.ts';
import type { Clock, Log } from '../ports/index.ts';
import { type RecordSource, Registry, type RegistryOptions } from '../registry/index.ts';
import { type RecordId, type RecordStore, recordId } from '../replication/index.ts';

export interface MeshViewParts {
  readonly trust: TrustStore;
  readonly records: RecordStore;
  readonly self: NodeName;
  readonly stateOf: RegistryOptions['stateOf'];
  readonly clock: Clock;
  readonly log: Log;
}

/** The registry of this node, kept up with its records and with what is in force. */
export function openRegistry(parts: MeshViewParts): Registry {
  const { trust, records } = parts;
  const registry = new Registry({ ...parts, trust: trust.current(), peerIdOf });
  trust.onChange((set) => registry.trust(set));
  registry.follow(sourceOf(records));
  return registry;
}

/** Hands out the records of a kind, all of them again at each change of one. */
const sourceOf = (records: RecordStore): RecordSource => ({
  own(kind, owner) {
    let held = new Set<RecordId>();
    const handOut = (): void => {
      const before = held;
      held = new Set();
      for (const record of records.entries(kind)) {
        const { writer, key } = record;
        const value = owner.read(record.value, writer);
        if (!value.ok) continue;
        const id = recordId(writer, kind, key);
        held.add(id);
        owner.set({ ...record, id, value: value.value });
      }
      for (const id of before) if (!held.has(id)) owner.unset(id);
    };
    handOut();
    records.onChange((changes) => {
      if (changes.some((change) => change.kind === kind)) handOut();
    });
  },
});
