import { expect, test } from 'bun:test';
import * as dagCbor from '@ipld/dag-cbor';
import type { Result } from '../../core/index.ts';
import type { Random } from '../../ports/index.ts';
import { seededRandom } from '../../ports/testing/index.ts';
import { encodeEnvelope, encodePayload } from '../envelope.ts';
import { readClaim } from '../record-verification.ts';
import { FUZZ_INPUTS } from '../testing/run-size.ts';
import {
  decodeIds,
  decodePairs,
  decodeRanges,
  decodeRecords,
  decodeRequest,
  decodeState,
  encodeIds,
  encodePairs,
  encodeRanges,
  encodeRecords,
  encodeRequest,
  encodeState,
} from './messages.ts';

const SEED = 20_261_120;
/** Far less than any machine does. */
const INPUTS_PER_SECOND = 1_000;
const TIMEOUT_MS = (FUZZ_INPUTS / INPUTS_PER_SECOND) * 1_000 + 5_000;

/** Reads bytes and writes what it read: undefined when it refused them. */
type Reader = (bytes: Uint8Array) => Uint8Array | undefined;

const reader =
  <T>(
    decode: (bytes: Uint8Array) => Result<T, unknown>,
    encode: (value: T) => Uint8Array,
  ): Reader =>
  (bytes) => {
    const read = decode(bytes);
    return read.ok ? encode(read.value) : undefined;
  };

const PATHS = ['a', 'web/', 'web/0f'];
const READERS: Readonly<Record<string, Reader>> = {
  request: reader(decodeRequest, encodeRequest),
  state: reader(decodeState, encodeState),
  ranges: reader((bytes) => decodeRanges(bytes, PATHS), encodeRanges),
  records: reader((bytes) => decodeRecords(bytes, 3), encodeRecords),
  ids: reader((bytes) => decodeIds(bytes, ''), encodeIds),
  pairs: reader((bytes) => decodePairs(bytes, 3), encodePairs),
  record: reader(readClaim, ({ envelope }) => encodeEnvelope(envelope)),
};

/** Bytes that some reader takes, to be spoilt. */
function goodInputs(): readonly Uint8Array[] {
  const digest = 'ab'.repeat(16);
  const digests = Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? '' : digest));
  const branch = { kind: 'branch', digests } as const;
  const sequence = { epoch: 1, boot: 2, n: 300 };
  const heads = [{ id: 'web/node/self', sequence, hash: digest }];
  const content = { kind: 'node', key: 'self', value: { a: [1] }, sequence, tombstone: false };
  const payload = encodePayload({
    ...content,
    writer: 'web' as Parameters<typeof encodePayload>[0]['writer'], // a label
    issuedAt: 1,
    expiresAt: 2,
  });
  const parts = { publicKey: new Uint8Array(32), signature: new Uint8Array(64) };
  const record = encodeEnvelope({ ...parts, payload, credential: new Uint8Array(90) });
  return [
    encodeRequest({ ask: 'state', digest, evidence: digest }),
    encodeRequest({ ask: 'ranges', paths: PATHS }),
    encodeRequest({ ask: 'records', ids: ['web/node/self', 'web/node/x'] }),
    encodeRequest({ ask: 'evidence', after: 'web/node/self' }),
    encodeState({ digest, evidence: '', root: branch }),
    encodeRanges([branch, { kind: 'records', heads }, undefined]),
    encodeRecords([record, undefined]),
    encodeIds(['a/b/c', 'a/b/d']),
    encodePairs([[record, record], undefined]),
    record,
  ];
}

const below = (random: Random, limit: number): number => Math.floor(random.fraction() * limit);
const oneOf = <T>(random: Random, all: readonly [T, ...T[]]): T =>
  all[below(random, all.length)] ?? all[0];

/** Good bytes with one to four places changed, cut short, or with another's piece in them. */
function spoilt(random: Random, good: readonly [Uint8Array, ...Uint8Array[]]): Uint8Array {
  let bytes = oneOf(random, good).slice();
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const at = below(random, bytes.length + 1);
    const kind = below(random, 4);
    if (kind === 0 && at < bytes.length) bytes[at] = below(random, 256);
    if (kind === 1) bytes = bytes.slice(0, at);
    if (kind > 1) {
      const other = kind === 2 ? random.bytes(below(random, 8)) : oneOf(random, good);
      const piece = other.subarray(below(random, other.length + 1));
      bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]));
    }
  }
  return bytes;
}

/** Well-formed data of the kinds that messages are made of, in whatever shape. */
function shapeless(random: Random, depth = 0): unknown {
  const kind = below(random, depth > 3 ? 6 : 9);
  if (kind === 0) return null;
  if (kind === 1) return oneOf(random, [0, 1, -1, 2 ** 53 - 1, 1.5, true]);
  if (kind === 2) return random.bytes(oneOf(random, [0, 15, 16, 32, 256]));
  if (kind < 6) {
    return oneOf(random, [
      '',
      'a',
      'web',
      'web/',
      'node/self',
      'state',
      'ranges',
      'records',
      'pairs',
    ]);
  }
  return Array.from({ length: below(random, 6) }, () => shapeless(random, depth + 1));
}

test(
  'whatever bytes come, they are refused, or are the very bytes of what was read from them',
  () => {
    const random = seededRandom(SEED);
    const [first = new Uint8Array(), ...others] = goodInputs();
    const taken = new Set<string>();
    for (let input = 0; input < FUZZ_INPUTS; input++) {
      const kind = below(random, 8);
      const bytes =
        kind === 0
          ? random.bytes(below(random, 200))
          : kind < 3
            ? dagCbor.encode(shapeless(random))
            : spoilt(random, [first, ...others]);
      for (const [name, read] of Object.entries(READERS)) {
        const again = read(bytes);
        if (again === undefined) continue;
        taken.add(name);
        if (Buffer.compare(again, bytes) !== 0) {
          expect(`${name}: ${Buffer.from(bytes).toString('hex')}`).toBe('read as it was written');
        }
      }
    }
    expect([...taken].toSorted()).toEqual(Object.keys(READERS).toSorted());
  },
  TIMEOUT_MS,
);
