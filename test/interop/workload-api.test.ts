import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import { HelloMesh } from '../hello-mesh.ts';
import type { Running } from '../mesh-on-disk.ts';
import { StockClient } from './stock-client.ts';

const mesh = new HelloMesh();
let node: Running;
let client: StockClient;
const WEB = 'spiffe://hello.example/ns/default/sa/web';
const CLIENT = 'spiffe://hello.example/ns/default/sa/client';

beforeAll(async () => {
  node = await mesh.found('hello.example', '127.0.0.1');
  client = new StockClient(mesh.disk.path('n1', 'spiffe.sock'));
}, 60_000);

afterAll(async () => {
  client.close();
  await mesh.disk.close();
}, 30_000);

describe('a client that is not ours', () => {
  test('gets all that it may be at once', async () => {
    const stream = client.stream('FetchX509SVID');
    const { svids } = await stream.message(0);
    stream.cancel();
  });
});
