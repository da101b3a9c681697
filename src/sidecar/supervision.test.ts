import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { PlatformError } from '../platform/index.ts';
import { SidecarError } from './errors.ts';
import { encodeNotice, errorOf, parseSidecarNotice, parseSupervisorNotice } from './supervision.ts';

const REFUSED = {
  event: 'refused',
  code: 'WORKLOAD_REFUSED',
  message: 'no registration:\n"quoted"',
  remedy: 'Apply one.\n  kind: Registration',
} as const;

test('what one side says the other reads, line by line', () => {
  const ready = { event: 'ready', names: { 'web.default.mesh': '127.80.0.1' } } as const;
  for (const notice of [ready, { ...ready, inboundPort: 7_443 }, REFUSED] as const) {
    const line = encodeNotice(notice);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(parseSidecarNotice(line)).toEqual(notice);
    expect(parseSupervisorNotice(line)).toBeUndefined();
  }
  for (const notice of [{ event: 'application-ended' }, { event: 'superseded' }] as const) {
    const line = encodeNotice(notice);
    expect(parseSupervisorNotice(line)).toEqual(notice);
    expect(parseSidecarNotice(line)).toBeUndefined();
  }
});

test('whatever else stands on a line is no notice, and no error', () => {
  const noise = fc.oneof(fc.string(), fc.json(), fc.constantFrom('null', '[]', '{"event":1}'));
  fc.assert(
    fc.property(noise, (line) => {
      expect(parseSidecarNotice(line)).toBeUndefined();
      expect(parseSupervisorNotice(line)).toBeUndefined();
    }),
    { seed: 20261120 },
  );
});

test('an error of the sidecar keeps its code, what happened and what to do', () => {
  const told = (code: string) => errorOf({ ...REFUSED, code });
  expect(told('WORKLOAD_REFUSED')).toMatchObject({
    message: REFUSED.message,
    remedy: REFUSED.remedy,
  });
  expect(told('WORKLOAD_REFUSED')).toBeInstanceOf(SidecarError);
  expect(told('ADDRESS_IN_USE')).toBeInstanceOf(PlatformError);
  expect(told('ADDRESS_IN_USE')).toMatchObject({ code: 'ADDRESS_IN_USE', exit: 'unavailable' });
  expect(told('toString')).toMatchObject({ code: 'SIDECAR_ENDED' });
  expect(told('NO_IDENTITY').message).toStartWith('NO_IDENTITY: no registration');
});
