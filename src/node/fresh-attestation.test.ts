import { expect, test } from 'bun:test';
import type { NodeName, SpiffeId } from '../core/index.ts';
import { Revocations } from '../crypto/index.ts';
import { earliestBeginning } from './fresh-attestation.ts';

// an ID and labels, by inspection
const WEB = 'spiffe://shop.example/ns/default/sa/web' as SpiffeId;
const N1 = 'n1' as NodeName;
const REVOKED_MS = Date.UTC(2030, 0, 1);

const web = (attestedAtMs: number) => ({ spiffeId: WEB, node: N1, attestedAtMs });
const revocations = new Revocations(
  [
    { kind: 'workload', spiffeId: WEB, beforeMs: REVOKED_MS - 5_000 },
    { kind: 'node', node: N1, beforeMs: REVOKED_MS },
  ],
  [],
);

test('what is not revoked may begin whenever, and be attested whenever', () => {
  expect(earliestBeginning(Revocations.none, web(0), 0)).toEqual({ ok: true, value: 0 });
});

test('what was attested up to the last revocation of its name or node gets nothing, whenever it asks', () => {
  for (const attestedAtMs of [0, REVOKED_MS - 1_000, REVOKED_MS]) {
    const refused = earliestBeginning(revocations, web(attestedAtMs), REVOKED_MS + 3_600_000);
    expect(refused).toMatchObject({
      ok: false,
      error: expect.stringContaining('2030-01-01T00:00:00'),
    });
  }
});

test('what was attested after it begins after it, once the next whole second has come', () => {
  const now = REVOKED_MS + 1_001;
  const attested = web(REVOKED_MS + 1);
  expect(earliestBeginning(revocations, attested, now)).toEqual({
    ok: true,
    value: REVOKED_MS + 1,
  });
  expect(earliestBeginning(revocations, attested, now - 1).ok).toBe(false);
});
