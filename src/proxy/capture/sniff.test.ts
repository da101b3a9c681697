import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { seededRandom } from '../../ports/testing/index.ts';
import { SNIFF_BYTES, TARGET_BYTES } from '../limits.ts';
import { FUZZ_INPUTS } from '../testing/run-size.ts';
import { sniff } from './sniff.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const CLIENT_HELLO = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';
const SEED = 20_261_120;

const sniffText = (text: string) => sniff(Buffer.from(text, 'latin1'));

/** The first verdict when `bytes` come in parts that end at `cuts`. */
function sniffInParts(bytes: Uint8Array, cuts: readonly number[]): ReturnType<typeof sniff> {
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const verdict = sniff(bytes.subarray(0, cut));
    if (verdict !== 'more') return verdict;
  }
  return sniff(bytes);
}

describe('the first bytes of a connection', () => {
  test.each([
    ['tls', CLIENT_HELLO],
    ['tls', CLIENT_HELLO.slice(0, 6)],
    ['http1', 'GET / HTTP/1.1\r\nHost: web\r\n\r\n'],
    ['http1', 'GET / HTTP/1.'],
    ['http1', 'CONNECT web:443 HTTP/1.1\r\n'],
    ['http1', 'OPTIONS * HTTP/1.0\r\n'],
    ['http1', 'PRI * HTTP/1.1\r\n'],
    ['http1', 'M-SEARCH http://a/ HTTP/1.1\r\n'],
    ['http2', `${PREFACE}\0\0\0\x04`],
    ['tcp', 'EHLO mail.example\r\n'],
    ['tcp', 'SET key value\r\n'],
    ['tcp', '*1\r\n$4\r\nPING\r\n'],
    ['tcp', 'GET /\r\n'],
    ['tcp', 'GET  / HTTP/1.1\r\n'],
    ['tcp', ' GET / HTTP/1.1\r\n'],
    ['tcp', '\r\nGET / HTTP/1.1\r\n'],
    ['tcp', 'GET / HTTP/2.0\r\n'],
    ['tcp', 'PRI * HTTP/2.0\r\nHost: web\r\n\r\n'],
    ['tcp', `${'G'.repeat(33)}`],
    ['tcp', '\x16\x03\x05'],
    ['tcp', '\x16\x03\x01\x02\x00\x02'],
    ['tcp', '\0\0\0\x08\x04\xd2\x16\x2f'],
    ['more', ''],
    ['more', '\x16\x03'],
    ['more', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r'],
    ['more', 'GET'],
    ['more', 'GET /'],
    ['more', 'GET / HTTP/1'],
  ])('are %s in %j', (verdict, text) => {
    expect(sniffText(text)).toBe(verdict as ReturnType<typeof sniff>); // a row of the table above
  });

  test('mean the same however they are cut into reads', () => {
    const beginning = fc.constantFrom('', PREFACE, CLIENT_HELLO, 'GET /a HTTP/1.1\r\n', 'EHLO ');
    const bytes = fc
      .tuple(beginning, fc.nat(30), fc.uint8Array({ maxLength: 60 }))
      .map(([text, kept, rest]) => Buffer.concat([Buffer.from(text.slice(0, kept)), rest]));
    const property = fc.property(bytes, fc.array(fc.nat(90)), (whole, cuts) => {
      expect(sniffInParts(whole, cuts)).toBe(sniff(whole));
    });
    fc.assert(property, { seed: SEED, numRuns: 3_000 });
  });

  test('are known by the time that as many are held as ever are', () => {
    for (const byte of [0x00, 0x16, 0x20, 0x41, 0x50, 0xff]) {
      expect(sniff(Buffer.alloc(SNIFF_BYTES, byte))).not.toBe('more');
    }
    expect(sniffText(`GET /${'a'.repeat(TARGET_BYTES - 1)} HTTP/1`)).toBe('more');
    const longest = Buffer.alloc(SNIFF_BYTES, 'a');
    longest.write('GET /');
    expect(sniff(longest.subarray(0, SNIFF_BYTES - 1))).toBe('more');
    expect(sniff(longest)).toBe('http1');
  });

  test(
    'never break it, and never change a verdict once it is given',
    () => {
      const garbage = new Garbage(SEED);
      for (let count = 0; count < FUZZ_INPUTS; count++) {
        const whole = garbage.next();
        const verdict = sniff(whole);
        const cuts = [garbage.below(whole.length + 1), garbage.below(whole.length + 1)];
        if (sniffInParts(whole, cuts) !== verdict) {
          throw new Error(`cut at ${cuts}, not ${verdict}: ${whole.toString('latin1')}`);
        }
      }
    },
    FUZZ_INPUTS / 10,
  );
});

/** Beginnings of known protocols, damaged: bytes changed, put in, taken out, and two run together. */
class Garbage {
  readonly #random;
  readonly #seeds = [
    PREFACE,
    CLIENT_HELLO,
    'GET /path?q=1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'PRI * HTTP/1.1\r\n\r\n',
    'EHLO mail.example\r\n',
    '\0\0\0\x08\x04\xd2\x16\x2f',
    '',
  ].map((text) => Buffer.from(text, 'latin1'));

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#random.fraction() * limit);
  }

  next(): Buffer {
    let bytes = this.#seed();
    for (let changes = this.below(4); changes > 0; changes--) bytes = this.#change(bytes);
    return bytes;
  }

  #seed(): Buffer {
    return Buffer.from(this.#seeds[this.below(this.#seeds.length)] ?? []);
  }

  #change(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    const byte = Buffer.of(this.below(256));
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (this.below(4)) {
      case 0:
        return Buffer.concat([before, byte, after.subarray(1)]);
      case 1:
        return Buffer.concat([before, byte, after]);
      case 2:
        return Buffer.concat([before, after.subarray(1 + this.below(4))]);
      default:
        return Buffer.concat([before, this.#seed()]);
    }
  }
}
