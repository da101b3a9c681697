import { expect, test } from 'bun:test';
import { MAX_RELAYS, MAX_RELAYS_PER_ASKER } from './limits.ts';
import { Relays } from './relays.ts';

test('an answer ends the relay it belongs to, once, and no other', () => {
  const relays = new Relays();
  const relay = { asker: 1, probe: 77, target: 2 };
  const number = relays.begin(relay);
  expect(relays.answered({ ...relay, probe: 78 })).toBe(false);
  expect(relays.answered({ ...relay, target: 3 })).toBe(false);
  expect(relays.answered(relay)).toBe(true);
  expect(relays.answered(relay)).toBe(false);
  expect(relays.end(number ?? 0)).toBeUndefined();
});

test('neither one member nor all together can have more asked than the bounds', () => {
  const relays = new Relays();
  let begun = 0;
  for (let asker = 0; asker < 100; asker++) {
    let ofAsker = 0;
    for (let probe = 0; probe < 20; probe++) {
      if (relays.begin({ asker, probe, target: 500 }) !== undefined) ofAsker += 1;
    }
    expect(ofAsker).toBeLessThanOrEqual(MAX_RELAYS_PER_ASKER);
    begun += ofAsker;
  }
  expect(begun).toBe(MAX_RELAYS);
  expect(relays.size).toBe(MAX_RELAYS);
});
