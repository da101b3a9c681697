import { expect, test } from 'bun:test';
import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import { CLOCK_TOLERANCE_MS, type MembershipCredential } from '../identity/index.ts';
import type { Peer } from '../ports/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { DB, N2, sampleTrust, WEB } from '../registry/testing/sample-trust.ts';
import { LINES_PER_SECOND } from '../telemetry/limited-log.ts';
import { NODE_ISSUANCE, WORKLOAD_ISSUANCE } from './issuance-limits.ts';
import { type AskedWorkload, IssuancePermission } from './issuance-permission.ts';

const peer: Peer = { id: 'peer-n2', name: 'n2', publicKey: new Uint8Array(32) };

function start() {
  const [clock, log, meter] = [new FakeClock(0), recordingLog(), recordingMeter()];
  const held = {
    trust: sampleTrust,
    // Only its name is read here.
    member: ok({ node: N2 } as MembershipCredential) as Result<MembershipCredential, string>,
  };
  const permission = new IssuancePermission({
    clock,
    log,
    meter,
    trust: () => held.trust,
    membershipOf: () => held.member,
  });
  const refusals = (result: string) =>
    meter.value('selvage_identities_issued_total', { kind: 'x509-svid', result });
  return { permission, held, clock, log, refusals };
}

/** By a node that knows the time. */
const asked = (spiffeId: SpiffeId, nowMs = 0): AskedWorkload => ({ spiffeId, nowMs });

const times = (count: number, ask: () => Result<unknown, string>) =>
  Array.from({ length: count }, ask).filter(({ ok }) => ok).length;

test('a member whose clock is over a minute off may have nothing for its workloads, but goes on as a member', () => {
  const { permission, refusals } = start();
  const at = (nowMs: number) => permission.ofWorkload('x509-svid', peer, asked(WEB, nowMs));
  expect(at(CLOCK_TOLERANCE_MS).ok).toBe(true);
  expect(at(CLOCK_TOLERANCE_MS + 1_000)).toEqual(
    err('the clock of n2 is 1m 1s ahead of that of this authority; at most 1m is borne'),
  );
  expect(refusals('clock-skew')).toBe(1);
  expect(permission.ofMember('membership-credential', peer).ok).toBe(true);
});

test('a member may have what a registration allows on its node', () => {
  const { permission } = start();
  expect(permission.ofWorkload('x509-svid', peer, asked(WEB))).toMatchObject({
    value: { node: N2 },
  });
});

test('a stolen node cannot have what is registered for another one', () => {
  const { permission, refusals, log } = start();
  const refused = permission.ofWorkload('x509-svid', peer, asked(DB));
  expect(refused).toEqual(err(`no registration lets n2 have ${DB}`));
  expect(refusals('not-registered')).toBe(1);
  expect(log.lines[0]).toMatchObject({ fields: { member: 'n2', reason: 'not-registered' } });
});

test('what came into force a moment ago counts', () => {
  const { permission, held } = start();
  held.trust = { ...held.trust, registrations: [] };
  expect(permission.ofWorkload('x509-svid', peer, asked(WEB)).ok).toBe(false);
});

test('who is no member any more may have nothing', () => {
  const { permission, held, refusals } = start();
  held.member = err('superseded');
  expect(permission.ofWorkload('x509-svid', peer, asked(WEB))).toEqual(err('superseded'));
  expect(refusals('no-member')).toBe(1);
});

test('a workload that asks too often is refused, told when to ask again, and counted', () => {
  const { permission, clock, refusals } = start();
  const ask = () => permission.ofWorkload('x509-svid', peer, asked(WEB));
  expect(times(WORKLOAD_ISSUANCE.most + 100, ask)).toBe(WORKLOAD_ISSUANCE.most);
  const refused = `too many identities were asked for by ${WEB} on n2: ask again in 40ms`;
  expect(ask()).toEqual(err(refused));
  expect(refusals('too-often')).toBe(101);
  clock.advance(40);
  expect(ask().ok).toBe(true);
});

test('a node that asks too often is refused, whatever it asks for', () => {
  const { permission } = start();
  times(NODE_ISSUANCE.most, () => permission.ofWorkload('x509-svid', peer, asked(DB)));
  const refused = err('too many identities were asked for by n2: ask again in 10ms');
  expect(permission.ofWorkload('x509-svid', peer, asked(WEB))).toEqual(refused);
  expect(permission.ofMember('membership-credential', peer)).toEqual(refused);
});

test('a node that is refused again and again fills no log', () => {
  const { permission, log } = start();
  times(1_000, () => permission.ofWorkload('x509-svid', peer, asked(DB)));
  expect(log.lines).toHaveLength(LINES_PER_SECOND);
});
