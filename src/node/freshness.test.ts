import { beforeEach, expect, test } from 'bun:test';
import { DEFAULT_SETTINGS } from '../governance/index.ts';
import { FakeClock, recordingMeter } from '../ports/testing/index.ts';
import { Freshness } from './freshness.ts';

const START = Date.UTC(2030, 0, 1);
const LIFE_MS = 600_000;

let clock: FakeClock;
let meter: ReturnType<typeof recordingMeter>;
let whenStale: 'keep' | 'deny';
let endsAt: number;
let timestamp: { signed: { expires: string } };
let adopted: () => void;
let told: number;

beforeEach(() => {
  clock = new FakeClock(START);
  meter = recordingMeter();
  whenStale = 'keep';
  endsAt = START + LIFE_MS;
  told = 0;
});

function begun(): Freshness {
  const settings = () => ({ ...DEFAULT_SETTINGS, maxStalenessMs: LIFE_MS, whenStale });
  timestamp = { signed: { expires: new Date(endsAt).toISOString() } };
  const trust = {
    current: () => ({ version: 7, settings: settings() }),
    repository: () => ({ timestamp }),
    onAdopted: (listener: () => void) => {
      adopted = () => {
        timestamp = { signed: { expires: new Date(endsAt).toISOString() } };
        listener();
      };
    },
  } as never; // all that it asks of a trust store
  const freshness = new Freshness({ trust, clock, meter });
  freshness.onChange(() => {
    told += 1;
  });
  return freshness;
}

test('what is in force is stale when its timestamp ends, and fresh when the next one comes', () => {
  const freshness = begun();
  clock.advance(LIFE_MS - 1_000);
  expect([freshness.staleSince, told, freshness.warnings()]).toEqual([undefined, 0, []]);
  clock.advance(1_000);
  expect([freshness.staleSince, told]).toEqual([endsAt, 1]);
  expect(meter.value('selvage_trust_stale')).toBe(1);
  expect(freshness.warnings()).toEqual([
    'no authority has been heard of for longer than maxStaleness (10m): it goes on with version 7; start an authority or let this node reach one, and look at this host’s clock',
  ]);
  endsAt = clock.now() + LIFE_MS;
  adopted();
  expect([freshness.staleSince, told]).toEqual([undefined, 2]);
  expect(meter.value('selvage_trust_stale')).toBe(0);
  freshness.stop();
  clock.advance(2 * LIFE_MS);
  expect(told).toBe(2);
});

test('sidecars are to deny from the end of the timestamp on where governors want it, and only there', () => {
  const freshness = begun();
  expect(freshness.denyFromMs).toBeUndefined();
  whenStale = 'deny';
  adopted();
  expect([freshness.denyFromMs, told]).toEqual([endsAt, 1]);
  clock.advance(1_000);
  endsAt += 1_000;
  adopted();
  expect([freshness.denyFromMs, told]).toEqual([endsAt, 2]);
  clock.advance(3 * LIFE_MS);
  expect(freshness.warnings()[0]).toContain('its sidecars deny every call');
});

test('a timestamp that never ends keeps no node from knowing that it hears of nobody', () => {
  endsAt = Date.UTC(9999, 0, 1);
  const freshness = begun();
  clock.advance(LIFE_MS - 1_000);
  expect(freshness.staleSince).toBeUndefined();
  clock.advance(1_000);
  expect(freshness.staleSince).toBe(START + LIFE_MS);
  freshness.stop();
});
