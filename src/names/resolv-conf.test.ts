import { expect, test } from 'bun:test';
import { resolversOf } from './resolv-conf.ts';

const self = { host: '127.0.0.76', port: 53 };

test('resolvers are taken in their order, without ourselves and without what is no resolver', () => {
  const text = `# made by hand
nameserver 127.0.0.76
search example.com
 nameserver 192.0.2.53
nameserver
nameserver 2001:db8::53
options edns0
`;
  expect(resolversOf(text, self).map(({ host }) => host)).toEqual(['192.0.2.53', '2001:db8::53']);
});

test('a resolver at our address that listens elsewhere is another', () => {
  expect(resolversOf('nameserver 127.0.0.76', { ...self, port: 7_653 })).toHaveLength(1);
});

test('no more are taken than the system’s own library takes', () => {
  const text = ['1', '2', '3', '4', '5'].map((n) => `nameserver 192.0.2.${n}`).join('\n');
  expect(resolversOf(text, self)).toHaveLength(3);
});
