import { expect, test } from 'bun:test';
import { DEEDS } from './deed.ts';
import { faultEndS } from './fault.ts';
import { randomScenario } from './random-scenario.ts';

const SCENARIOS = Array.from({ length: 400 }, (_, seed) => randomScenario(seed));

test('every kind of fault, and every lie, comes now and then', () => {
  const faults = SCENARIOS.flatMap(({ faults }) => faults);
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(
    new Set(['clock', 'crash', 'disk', 'late', 'leave', 'liars', 'loss', 'partition', 'slow']),
  );
  const deeds = new Set(faults.flatMap((fault) => (fault.kind === 'liars' ? fault.deeds : [])));
  expect(deeds).toEqual(new Set(DEEDS));
});

test('some days are good, all faults end with the day, and liars are few', () => {
  expect(SCENARIOS.some(({ faults }) => faults.length === 0)).toBe(true);
  for (const { faults, minutes } of SCENARIOS) {
    for (const fault of faults) {
      expect(faultEndS(fault)).toBeLessThanOrEqual(minutes * 60);
      if (fault.kind === 'liars') expect(fault.share).toBeLessThanOrEqual(0.05);
    }
  }
});
