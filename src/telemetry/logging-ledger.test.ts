import { expect, test } from 'bun:test';
import type { NodeName, SpiffeId } from '../core/index.ts';
import type { LedgerEntry } from '../ports/index.ts';
import { recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { LoggingLedger } from './logging-ledger.ts';

// labels, by inspection
const node = 'n1' as NodeName;
const spiffeId = 'spiffe://shop.example/ns/default/sa/web' as SpiffeId;
const life = { notBefore: 0, notAfter: 3_600_000 };

const entries: readonly (readonly [string, LedgerEntry])[] = [
  [
    'x509-svid',
    {
      kind: 'svid-issued',
      spiffeId,
      node,
      serial: '4a',
      ...life,
      publicKeySha256: 'aa',
      authorityKeySha256: 'bb',
    },
  ],
  [
    'membership-credential',
    {
      kind: 'credential-issued',
      node,
      epoch: 3,
      nodeKey: 'cc',
      ...life,
      authorityKeySha256: 'bb',
    },
  ],
  ['jwt-svid', { kind: 'jwt-issued', spiffeId, node, audiences: ['db'], keyId: 'k1', ...life }],
  [
    'user-token',
    {
      kind: 'user-token-issued',
      user: 'https://login.example|anna',
      actor: spiffeId,
      node,
      audiences: ['db'],
      keyId: 'k1',
      ...life,
    },
  ],
];

test.each(entries)('a signed %s is a line of the log and counts', (kind, entry) => {
  const [log, meter] = [recordingLog(), recordingMeter()];
  new LoggingLedger(log, meter).append(entry);
  expect(meter.value('selvage_identities_issued_total', { kind, result: 'issued' })).toBe(1);
  const { kind: _, node: member, ...what } = entry;
  const dates = { notBefore: '1970-01-01T00:00:00.000Z', notAfter: '1970-01-01T01:00:00.000Z' };
  expect(log.lines).toEqual([
    {
      level: 'info',
      message: 'identity issued',
      fields: { kind, member, ...what, ...dates },
    },
  ]);
});
