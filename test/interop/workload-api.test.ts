import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { HelloMesh } from '../hello-mesh.ts';
import type { Running } from '../mesh-on-disk.ts';
import { codeOf, type Message, StockClient, until } from './stock-client.ts';

const INVALID_ARGUMENT = 3;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;

const TRUST_DOMAIN = 'spiffe://hello.example';
const CLIENT = `${TRUST_DOMAIN}/ns/default/sa/client`;
const WEB = `${TRUST_DOMAIN}/ns/default/sa/web`;

const mesh = new HelloMesh();
let node: Running;
let client: StockClient;

beforeAll(async () => {
  chmodSync(mesh.disk.directory, 0o711); // as a data directory: others may pass through
  node = await mesh.found('hello.example');
  client = new StockClient(mesh.disk.path('n1', 'spiffe.sock'));
}, 120_000);

afterAll(async () => {
  client.close();
  await mesh.disk.close();
}, 120_000);

describe('a client that is not ours', () => {
  test('gets all that it may be at once: certificate, key and bundle of each', async () => {
    const stream = client.stream('FetchX509SVID');
    const { svids } = await stream.message(0);
    expect(svids.map(({ spiffe_id: id }: { spiffe_id: string }) => id)).toEqual([CLIENT, WEB]);
    for (const { spiffe_id: id, x509_svid, x509_svid_key, bundle } of svids) {
      const leaf = new X509Certificate(x509_svid);
      const authority = new X509Certificate(bundle);
      expect(leaf.subjectAltName).toBe(`URI:${id}`);
      expect(leaf.verify(authority.publicKey)).toBe(true);
      const key = createPrivateKey({ key: x509_svid_key, format: 'der', type: 'pkcs8' });
      expect(createPublicKey(key).equals(leaf.publicKey)).toBe(true);
    }
    stream.cancel();
  });

  test('gets one and the same SVID as all others who have that identity', async () => {
    const [one, other] = [client.stream('FetchX509SVID'), client.stream('FetchX509SVID')];
    expect(await one.message(0)).toEqual(await other.message(0));
    one.cancel();
    other.cancel();
  });

  test('gets the bundles of its trust domain', async () => {
    const certificates = client.stream('FetchX509Bundles');
    const { bundles } = await certificates.message(0);
    expect(Object.keys(bundles)).toEqual([TRUST_DOMAIN]);
    expect(new X509Certificate(bundles[TRUST_DOMAIN]).ca).toBe(true);
    const tokens = client.stream('FetchJWTBundles');
    const keys = (await tokens.message(0)).bundles[TRUST_DOMAIN];
    expect(JSON.parse(keys.toString()).keys).toMatchObject([{ kty: 'EC', use: 'jwt-svid' }]);
    certificates.cancel();
    tokens.cancel();
  });

  test('gets tokens for an audience, and has them judged', async () => {
    const { svids } = await client.ask('FetchJWTSVID', { audience: ['db'] });
    expect(svids.map((svid: Message) => svid.spiffe_id)).toEqual([CLIENT, WEB]);
    const one = await client.ask('FetchJWTSVID', { audience: ['db'], spiffe_id: WEB });
    const [{ svid }] = one.svids;
    const judged = await client.ask('ValidateJWTSVID', { audience: 'db', svid });
    expect(judged.spiffe_id).toBe(WEB);
    expect(judged.claims.fields.sub.stringValue).toBe(WEB);
    for (const wrong of [
      { audience: 'other', svid },
      { audience: 'db', svid: `${svid}x` },
    ]) {
      expect(await codeOf(client.ask('ValidateJWTSVID', wrong))).toBe(INVALID_ARGUMENT);
    }
  });

  test('is answered Unimplemented where the specification lets us', async () => {
    for (const name of ['FetchWITSVID', 'FetchWITBundles']) {
      expect(await client.stream(name).end()).toMatchObject({ code: UNIMPLEMENTED });
    }
  });
});

describe('a call that is none', () => {
  test.each([[{}], [{ 'workload.spiffe.io': 'yes' }]])(
    'without the header, as %j, is refused as InvalidArgument',
    async (headers) => {
      for (const name of ['FetchX509SVID', 'FetchX509Bundles', 'FetchJWTBundles']) {
        expect(await client.stream(name, {}, headers).end()).toMatchObject({
          code: INVALID_ARGUMENT,
        });
      }
      const asked = client.ask('FetchJWTSVID', { audience: ['db'] }, headers);
      expect(await codeOf(asked)).toBe(INVALID_ARGUMENT);
      const validated = client.ask('ValidateJWTSVID', { audience: 'a', svid: 'x' }, headers);
      expect(await codeOf(validated)).toBe(INVALID_ARGUMENT);
    },
  );

  test('of more than a message may have is refused', async () => {
    const audience = ['x'.repeat(300 * 1024)];
    const asked = client.ask('FetchJWTSVID', { audience });
    expect(await codeOf(asked)).toBe(RESOURCE_EXHAUSTED);
  });

  test('for a token without audience, or for another identity, is refused', async () => {
    const nobody = client.ask('FetchJWTSVID', { audience: [] });
    expect(await codeOf(nobody)).toBe(INVALID_ARGUMENT);
    const other = { audience: ['db'], spiffe_id: `${TRUST_DOMAIN}/ns/default/sa/other` };
    expect(await codeOf(client.ask('FetchJWTSVID', other))).toBe(PERMISSION_DENIED);
  });

  test('shows in the metrics by method and result', async () => {
    const wanted = /calls_total\{method="FetchX509SVID",result="invalid-argument"\} 2/;
    expect(await mesh.metrics(node)).toMatch(wanted);
  });
});

describe('a process that nobody registered', () => {
  test.skipIf(process.getuid?.() !== 0)(
    'is denied, and the log has the entry that would let it in',
    async () => {
      const stranger = strangersCall(mesh.disk.path('n1', 'spiffe.sock'));
      expect(await stranger).toStartWith(`${PERMISSION_DENIED} `);
      await until(() => node.written().includes('workload api: no identity'));
      const line =
        node
          .written()
          .split('\n')
          .find((text) => text.includes('no identity')) ?? '{}';
      const { uid, executable, remedy } = JSON.parse(line);
      expect([uid, executable]).toEqual([65_534, expect.stringContaining('/')]);
      expect(remedy).toContain('kind: Registration');
      expect(remedy).toContain('uid: 65534');
    },
  );
});

describe('a stream', () => {
  const idsOf = ({ svids }: Message) => svids.map((svid: Message) => svid.spiffe_id);

  test('says when an identity is taken away, and ends with PermissionDenied when none is left', async () => {
    const stream = client.stream('FetchX509SVID');
    const bundles = client.stream('FetchX509Bundles');
    expect(idsOf(await stream.message(0))).toEqual([CLIENT, WEB]);
    await bundles.message(0);
    await mesh.remove('registration', 'client');
    expect(idsOf(await stream.message(1))).toEqual([WEB]);
    await mesh.remove('registration', 'web');
    expect((await stream.end()).code).toBe(PERMISSION_DENIED);
    expect((await bundles.end()).code).toBe(PERMISSION_DENIED);
    expect([stream.messages.length, bundles.messages.length]).toEqual([2, 1]);
  });
});

/** What a program of the user nobody is answered: the code, and the words. */
async function strangersCall(socket: string): Promise<string> {
  const program = `
    const { StockClient } = await import(${JSON.stringify(`${import.meta.dir}/stock-client.ts`)});
    const { code, details } = await new StockClient(${JSON.stringify(socket)}).stream('FetchX509SVID').end();
    console.log(code, details);
    process.exit();`;
  const child = Bun.spawn([process.execPath, '-e', program], {
    stdout: 'pipe',
    stderr: 'inherit',
    uid: 65_534,
    gid: 65_534,
    env: { PATH: process.env.PATH ?? '', HOME: '/' },
  });
  return await new Response(child.stdout).text();
}
