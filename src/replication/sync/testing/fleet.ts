import { type NodeName, ok } from '../../../core/index.ts';
import { openStore } from '../../../platform/sqlite-store.ts';
import type { Clock } from '../../../ports/index.ts';
import { recordingLog, recordingMeter } from '../../../ports/testing/index.ts';
import { encodeEnvelope, encodePayload } from '../../envelope.ts';
import { RecordStore } from '../../record-store.ts';

const HOUR_MS = 3_600_000;
/** As long as real ones: a name, a key, dates, and an Ed25519 signature. */
const CREDENTIAL_BYTES = 280;

/** A store that believes every signature, so that a test may fill it with thousands of records. */
export function credulousStore(name: string, clock: Clock): RecordStore {
  const expiresAt = clock.now() + 48 * HOUR_MS;
  const log = recordingLog();
  return new RecordStore({
    store: openStore(':memory:'),
    clock,
    log,
    meter: recordingMeter(),
    writer: {
      node: name as NodeName, // tests choose labels
      publicKey: new Uint8Array(32),
      sign: () => new Uint8Array(64),
      credential: () => ({ bytes: credentialOf(name), epoch: 1, expiresAt }),
    },
    check: {
      verifySignature: () => true,
      verifyWriter: (credential) => {
        const [node = ''] = new TextDecoder().decode(credential).split(' ');
        return ok({ node: node as NodeName, epoch: 1, expiresAt });
      },
    },
  });
}

const credentialOf = (name: string): Uint8Array =>
  new TextEncoder().encode(`${name} `.padEnd(CREDENTIAL_BYTES));

/** The `n`th thing that a writer says under a key, as it travels: about 600 bytes. */
export function saying(writer: string, key: string, n: number, issuedAt: number): Uint8Array {
  const payload = encodePayload({
    writer: writer as NodeName,
    kind: 'endpoint',
    key,
    tombstone: false, // tests choose labels
    value: { service: 'shop/web', address: '10.20.30.40', port: 8_080, ready: true },
    sequence: { epoch: 1, boot: 1, n },
    issuedAt,
    expiresAt: issuedAt + 24 * HOUR_MS,
  });
  return encodeEnvelope({
    payload,
    publicKey: new Uint8Array(32),
    signature: new Uint8Array(64),
    credential: credentialOf(writer),
  });
}
