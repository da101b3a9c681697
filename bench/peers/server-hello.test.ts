import { describe, expect, test } from 'bun:test';
import { readCipher } from './server-hello.ts';

/** The beginning of a server's first record (RFC 8446 sections 5.1 and 4.1.3). */
function serverHello(cipher: number, sessionIdBytes: number): Buffer {
  const random = Buffer.alloc(32, 7);
  const body = Buffer.concat([
    Buffer.from([0x03, 0x03]),
    random,
    Buffer.from([sessionIdBytes]),
    Buffer.alloc(sessionIdBytes, 9),
    Buffer.from([cipher >> 8, cipher & 0xff, 0x00]),
  ]);
  return Buffer.concat([
    Buffer.from([22, 0x03, 0x03, 0, 4 + body.length, 2, 0, 0, body.length]),
    body,
  ]);
}

describe('the cipher of a connection', () => {
  test.each([
    [0x1301, 'TLS_AES_128_GCM_SHA256'],
    [0x1302, 'TLS_AES_256_GCM_SHA384'],
    [0x1303, 'TLS_CHACHA20_POLY1305_SHA256'],
    [0x1304, '0x1304'],
  ])('is read from the answer to the hello: %i is %s', (number, name) => {
    expect(readCipher(serverHello(number, 0))).toBe(name);
    expect(readCipher(serverHello(number, 32))).toBe(name);
  });

  test('is not read from anything else', () => {
    expect(readCipher(Buffer.from('HTTP/1.1 200 OK\r\n'))).toBeUndefined();
    expect(readCipher(serverHello(0x1301, 32).subarray(0, 60))).toBeUndefined();
    expect(readCipher(Buffer.alloc(0))).toBeUndefined();
  });
});
