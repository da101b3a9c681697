import {
  decodeOffer,
  encodeOffer,
  offerOf,
  openRepository,
  refreshTimestamp,
  type TrustFiles,
  type TrustOffer,
  type VerifiedTrust,
  verifyTrust,
} from '../src/governance/index.ts';
import { scratchDirs } from '../src/platform/index.ts';
import { threadMicros } from './cpu-clock.ts';
import { FullTrust, type Spread, TARGETS, TEAMS } from './full-trust.ts';
import { type Bench, median, type Row } from './rows.ts';

const ROUNDS = 30;

export const verificationBench: Bench = {
  about: `how long a node's loop is held to verify a trust repository of ${TARGETS} targets, ${TEAMS} teams (2 of 3) and 5 governors (3 of 5)`,
  async run() {
    return [...(await rowsOf('teams')), ...(await rowsOf('governors'))];
  },
};

async function rowsOf(spread: Spread): Promise<Row[]> {
  const full = new FullTrust(spread);
  const held = await verified(full, offerOf(full.files), undefined);
  const next = full.changed();
  const { online } = full.mesh.n1;
  const renewed = refreshTimestamp(held.repository, online, Date.now());
  const listed = `${spread} list them`;
  return [
    await timed(`one policy changes, ${listed}`, full, lacking(next, full.files), held),
    await timed(`first contact, ${listed}`, full, offerOf(full.files), undefined),
    await timed(`the timestamp is renewed, ${listed}`, full, lacking(renewed, full.files), held),
    opening(`a restart, ${listed}`, full.files),
  ];
}

/** What a peer sends to a node that holds `held`. */
const lacking = (files: TrustFiles, held: TrustFiles): TrustOffer => ({
  roots: [],
  timestamp: files.timestamp,
  ...(files.snapshot === held.snapshot ? {} : { snapshot: files.snapshot }),
  ...(files.targets === held.targets ? {} : { targets: files.targets }),
  delegated: new Map(
    [...files.delegated].filter(([role, list]) => held.delegated.get(role) !== list),
  ),
  contents: [...files.contents].flatMap(([sha256, bytes]) =>
    held.contents.has(sha256) ? [] : [bytes],
  ),
});

/** From the bytes of an answer to a set that may come into force, in time of the thread that it runs on. */
async function timed(
  what: string,
  full: FullTrust,
  offered: TrustOffer,
  held: VerifiedTrust | undefined,
): Promise<Row> {
  const bytes = encodeOffer(offered);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = threadMicros();
    const decoded = decodeOffer(bytes);
    if (!decoded.ok) throw new Error(decoded.error);
    await verified(full, decoded.value, held);
    times.push((threadMicros() - start) / 1_000);
  }
  return row(what, times);
}

function opening(what: string, files: TrustFiles): Row {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const copy = structuredClone(files); // what was parsed is remembered by its bytes
    const start = threadMicros();
    if (!openRepository(copy).ok) throw new Error('it does not open');
    times.push((threadMicros() - start) / 1_000);
  }
  return row(what, times);
}

const row = (what: string, times: readonly number[]): Row => ({
  what,
  value: median(times),
  unit: 'ms',
  bar: 200,
  stretch: 50,
  spread: [Math.min(...times), Math.max(...times)],
});

async function verified(
  { mesh }: FullTrust,
  offered: TrustOffer,
  held: VerifiedTrust | undefined,
): Promise<VerifiedTrust> {
  const anchor = held === undefined ? { pinnedRootSha256: mesh.pin } : { held: held.repository };
  const trust = await verifyTrust({ ...anchor, offered, scratch: scratchDirs(), now: Date.now() });
  if (!trust.ok) throw new Error(trust.error.detail);
  return trust.value;
}
