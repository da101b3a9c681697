import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { measureAuthorities } from '../bench/identity/authorities.ts';
import { measureRotation } from '../bench/identity/rotation.ts';
import { ServedMesh } from '../bench/identity/served-mesh.ts';
import { LoopbackBlock } from './loopback-block.ts';

/** What `npm run bench -- rotation` and `-- authorities` measure in minutes, in seconds. */
setDefaultTimeout(120_000);

let mesh: ServedMesh;
afterEach(() => mesh.processes.close());

const { network } = new LoopbackBlock();
const small = { seconds: 15, lifeSeconds: 10, perSecond: 20 };

test('every SVID is renewed and an authority gets new keys under load, and no request fails', async () => {
  mesh = new ServedMesh(network);
  const { load, svids, certificates } = await measureRotation({ ...small, seconds: 24 }, mesh);
  expect(load.failures).toEqual([]);
  expect(load.sent).toBeGreaterThan(200);
  expect(svids).toBeGreaterThanOrEqual(9); // three sidecars, each at half of ten seconds
  expect(certificates).toEqual(['signs', 'ended']);
});

test('with two of three authorities killed everything goes on, and a node joins', async () => {
  mesh = new ServedMesh(network);
  const { load, svids } = await measureAuthorities(small, mesh);
  expect(load.failures).toEqual([]);
  expect(svids).toBeGreaterThanOrEqual(6);
});
