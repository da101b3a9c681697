import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { threadProcessorMs } from '../../platform/index.ts';
import { TARGET_BYTES } from '../limits.ts';
import { readTarget } from './target.ts';

const read = (raw: string, method = 'GET') => {
  const target = readTarget(method, raw);
  return target.ok ? target.value : target.error;
};

describe('a request target', () => {
  test.each([
    ['/', '/', '/'],
    ['/a/b', '/a/b', '/a/b'],
    ['/a/', '/a/', '/a/'],
    ['/a?x=//../%2F', '/a?x=//../%2F', '/a'],
    ['/%61dmin', '/admin', '/admin'],
    ['/caf%c3%a9?%61', '/caf%C3%A9?%61', '/caf%C3%A9'],
    ['/a;v=1/@x:y', '/a;v=1/@x:y', '/a;v=1/@x:y'],
    ['/...', '/...', '/...'],
    ['/.well-known/x', '/.well-known/x', '/.well-known/x'],
  ])('%s is forwarded as %s and decided on as %s', (raw, text, path) => {
    expect(read(raw)).toEqual({ text, path });
  });

  test.each([
    ['//', 'empty-segment'],
    ['/a//b', 'empty-segment'],
    ['/a%2Fb', 'encoded-separator'],
    ['/a%2fb', 'encoded-separator'],
    ['/a%5cb', 'encoded-separator'],
    ['/a\\b', 'bad-path'],
    ['/..', 'dot-segment'],
    ['/a/../b', 'dot-segment'],
    ['/a/./b', 'dot-segment'],
    ['/a/.', 'dot-segment'],
    ['/a/%2e%2e/b', 'dot-segment'],
    ['/a/.%2E', 'dot-segment'],
    ['/public/..;/admin', 'dot-segment'],
    ['/%00', 'encoded-control'],
    ['/%0d%0a', 'encoded-control'],
    ['/%', 'bad-encoding'],
    ['/%4', 'bad-encoding'],
    ['/%zz', 'bad-encoding'],
    ['/a#b', 'fragment-in-target'],
    ['/a?b#c', 'fragment-in-target'],
    ['/a[b]', 'bad-path'],
    ['a', 'bad-target'],
    ['host:80', 'bad-target'],
    ['https://host/', 'bad-target'],
    ['http:///x', 'bad-target'],
    ['*', 'bad-target'],
  ])('%s is refused: %s', (raw, reason) => {
    expect(read(raw) as unknown).toBe(reason);
  });

  test(`has at most ${TARGET_BYTES} bytes`, () => {
    expect(typeof read(`/${'a'.repeat(TARGET_BYTES - 1)}`)).toBe('object');
    expect(read(`/${'a'.repeat(TARGET_BYTES)}`) as unknown).toBe('target-too-long');
  });

  test('in absolute form is taken apart, the authority being for the Host to agree with', () => {
    expect(read('http://Web.shop:80/a?b')).toEqual({
      text: '/a?b',
      path: '/a',
      authority: 'Web.shop:80',
    });
    expect(read('HTTP://web')).toEqual({ text: '/', path: '/', authority: 'web' });
    expect(read('http://user@web/')).toBe('bad-target');
  });

  test('is * for OPTIONS alone, and CONNECT has none', () => {
    expect(read('*', 'OPTIONS')).toEqual({ text: '*', path: '*' });
    expect(read('web:80', 'CONNECT')).toBe('bad-target');
    expect(read('/a', 'CONNECT')).toBe('bad-target');
  });

  test.each(['/a', 'a', '/%61', '/a;'])(
    'made to be slow takes no long time: %s repeated',
    (part) => {
      const target = `/${part.repeat(8_000 / part.length)}\\`;
      const startMs = threadProcessorMs();
      for (let round = 0; round < 100; round++) readTarget('GET', target);
      expect(threadProcessorMs() - startMs).toBeLessThan(1_000); // a quadratic reader takes many seconds
    },
  );

  test('that is accepted is a fixed point, and means the same to a server that decodes it', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '..',
      '/',
      '%2e',
      '%2F',
      '%61',
      ';',
      '%',
      '\\',
      '%c3%a9',
      '?',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const target = read(`/${pieces.join('')}`);
        if (typeof target === 'string') return true;
        const again = read(target.text);
        const decoded = decodeURIComponent(target.path).split('/').slice(1);
        const segments = target.path.split('/').length - 1;
        return (
          typeof again !== 'string' &&
          again.text === target.text &&
          decoded.length === segments &&
          !decoded.some((segment) => segment === '.' || segment === '..') &&
          !decoded.slice(0, -1).includes('')
        );
      }),
      { seed: 11, numRuns: 5_000 },
    );
  });
});
