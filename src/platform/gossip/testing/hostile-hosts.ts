import type { Admission } from '../../../ports/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../../../ports/testing/index.ts';
import { createHost, type Host, startHost } from '../host.ts';
import { startGossip } from '../index.ts';
import { Offences } from '../offences.ts';
import { Refusals } from '../refusals.ts';

const parts = () => ({ clock: new FakeClock(), log: recordingLog(), meter: recordingMeter() });
const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** Says its name, and admits everybody. */
const admission = (name: string): Admission => ({
  credential: () => new TextEncoder().encode(name),
  admit: (_key, credential) => ({ admitted: true, name: new TextDecoder().decode(credential) }),
});

/** A member as nodes are, on loopback. `fill`: its key. Its bounds are a node's where none are said. */
export const startMember = (name: string, fill: number, bounds: { maxConnections?: number } = {}) =>
  startGossip({
    ...parts(),
    ...bounds,
    seed: seed(fill),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: admission(name),
  });

/** A member that is under no rule of ours: it opens and asks what it likes. */
export async function startHostileHost(name: string, fill: number): Promise<Host> {
  const { clock, log, meter } = parts();
  const host = await createHost({
    seed: seed(fill),
    listen: [],
    admission: admission(name),
    admissionTimeoutMs: 5_000,
    offences: new Offences(clock),
    refusals: new Refusals(clock, log, meter),
    admitted: () => undefined,
  });
  await startHost(host);
  return host;
}
