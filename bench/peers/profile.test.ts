import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { selfTimes } from './profile.ts';

const root = join(import.meta.dir, '../..');
const node = (id: number, functionName: string, url: string, lineNumber: number) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

test('a profile is summed up by function, wherever it was called from, the longest first', () => {
  const nodes = [
    node(1, 'relay', `file://${root}/src/proxy/relay.ts`, 9),
    node(2, 'write', '', -1),
    node(3, 'write', '', -1),
    node(4, '', 'node:fs', 0),
  ];
  expect(selfTimes({ nodes, samples: [1, 2, 3, 2, 3, 1, 4, 2] })).toEqual([
    { where: 'write (native)', share: 0.625 },
    { where: 'relay src/proxy/relay.ts:10', share: 0.25 },
    { where: '(anonymous) node:fs:1', share: 0.125 },
  ]);
});
