import { expect, test } from 'bun:test';
import { parseDnsSetting } from './dns-setting.ts';

const places = (text: string, listen: string) => {
  const setting = parseDnsSetting(text, listen);
  return setting === undefined || setting.kind === 'off'
    ? setting?.kind
    : [setting.kind, ...setting.places.map(({ host, port }) => `${host}:${port}`)];
};

test('left open, it is the loopback address that the node listens on, or one of its own', () => {
  expect(places('auto', '127.0.0.11')).toEqual(['auto', '127.0.0.11:53', '127.0.0.11:7653']);
  expect(places('auto', '10.0.0.5')).toEqual(['auto', '127.0.0.76:53', '127.0.0.76:7653']);
});

test('a place is a loopback address, with port 53 when none is said', () => {
  expect(places('127.0.0.53', '10.0.0.5')).toEqual(['named', '127.0.0.53:53']);
  expect(places('127.0.0.1:7653', '10.0.0.5')).toEqual(['named', '127.0.0.1:7653']);
  expect(places('off', '10.0.0.5')).toBe('off');
  for (const text of ['10.0.0.5', '0.0.0.0', '127.0.0.256', '127.0.0.1:65536', '::1', 'on', '']) {
    expect(places(text, '10.0.0.5')).toBeUndefined();
  }
});
