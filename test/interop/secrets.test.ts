import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import { loadSync } from '@grpc/proto-loader';
import { HelloMesh } from '../hello-mesh.ts';
import { codeOf, type Message, PROTOS, StockClient } from './stock-client.ts';

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const TRUST_DOMAIN = 'spiffe://hello.example';
const CLIENT = `${TRUST_DOMAIN}/ns/default/sa/client`;
const WEB = `${TRUST_DOMAIN}/ns/default/sa/web`;
const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
/** Envoy since 1.18 judges SPIFFE IDs by itself. */
const ENVOY = { user_agent_build_version: { version: { major_number: 1, minor_number: 40 } } };

const mesh = new HelloMesh();
let client: StockClient;

beforeAll(async () => {
  await mesh.found('hello.example');
  client = new StockClient(mesh.disk.path('n1', 'spiffe.sock'));
}, 120_000);

afterAll(async () => {
  client.close();
  await mesh.disk.close();
}, 120_000);

const tls = loadSync('envoy-tls.proto', { includeDirs: [PROTOS], keepCase: true, defaults: true });

/** A resource, read as the secret that it says it is. */
function secretIn({ type_url, value }: Message): Message {
  expect(type_url).toBe(TYPE);
  const secret = tls['envoy.extensions.transport_sockets.tls.v3.Secret'] as unknown as {
    readonly deserialize: (bytes: Buffer) => Message; // the definition is of a message
  };
  return secret.deserialize(value);
}

const namesIn = (answer: Message): readonly string[] =>
  answer.resources.map((resource: Message) => secretIn(resource).name);

describe('secrets, once', () => {
  test('are all that the process has when none is named: bundle and certificates', async () => {
    const answer = await client.ask('FetchSecrets', {});
    expect(namesIn(answer)).toEqual([TRUST_DOMAIN, CLIENT, WEB]);
  });

  test('have the names that SPIRE made usual', async () => {
    const names = ['default', 'ROOTCA', 'ALL', WEB];
    const { resources } = await client.ask('FetchSecrets', { resource_names: names });
    const [own, root, all, web] = resources.map(secretIn);
    const leafOf = ({ tls_certificate }: Message) =>
      new X509Certificate(tls_certificate.certificate_chain.inline_bytes).subjectAltName;
    expect([own.name, leafOf(own)]).toEqual(['default', `URI:${CLIENT}`]);
    expect([web.name, leafOf(web)]).toEqual([WEB, `URI:${WEB}`]);
    const authority = new X509Certificate(root.validation_context.trusted_ca.inline_bytes);
    expect(authority.ca).toBe(true);
    const validator = all.validation_context.custom_validator_config;
    expect(validator.name).toBe('envoy.tls.cert_validator.spiffe');
  });

  test('tell an Envoy that can to judge SPIFFE IDs', async () => {
    const wanted = { resource_names: ['ROOTCA'], node: ENVOY };
    const { resources } = await client.ask('FetchSecrets', wanted);
    const { validation_context: context } = secretIn(resources[0]);
    expect(context.trusted_ca).toBeNull();
    expect(context.custom_validator_config.name).toBe('envoy.tls.cert_validator.spiffe');
  });

  test('of others, or of another type, are refused', async () => {
    const others = client.ask('FetchSecrets', { resource_names: [`${TRUST_DOMAIN}/ns/a/sa/b`] });
    expect(await codeOf(others)).toBe(INVALID_ARGUMENT);
    const type = client.ask('FetchSecrets', { type_url: 'type.googleapis.com/x.Listener' });
    expect(await codeOf(type)).toBe(INVALID_ARGUMENT);
  });
});

describe('a stream of secrets', () => {
  test('answers each change of names with the whole, and neither an acceptance nor an old word', async () => {
    const stream = client.talk('StreamSecrets');
    stream.write({ resource_names: ['default'] });
    const first = await stream.message(0);
    expect(namesIn(first)).toEqual(['default']);
    const { nonce, version_info } = first;
    stream.write({ resource_names: ['default'], response_nonce: nonce, version_info });
    stream.write({ resource_names: ['default', WEB], response_nonce: 'of another life' });
    stream.write({ resource_names: ['default', 'ROOTCA'], response_nonce: nonce, version_info });
    expect(namesIn(await stream.message(1))).toEqual(['default', 'ROOTCA']);
    expect(stream.messages).toHaveLength(2);
    stream.cancel();
  });

  test('ends when it is asked for what the process may not have', async () => {
    const stream = client.talk('StreamSecrets');
    stream.write({ resource_names: ['nobody'] });
    const { code, details } = await stream.end();
    expect([code, details]).toEqual([INVALID_ARGUMENT, expect.stringContaining('nobody')]);
  });
});

describe('a stream of changes of secrets', () => {
  const told = ({ resources, removed_resources: removed }: Message) => ({
    changed: resources.map(({ name }: Message) => name),
    removed,
  });

  test('tells what is new to the proxy, and no more', async () => {
    const stream = client.talk('DeltaSecrets');
    stream.write({ resource_names_subscribe: ['default'] });
    expect(told(await stream.message(0))).toEqual({ changed: ['default'], removed: [] });
    stream.write({ response_nonce: '1' });
    stream.write({ resource_names_subscribe: ['ROOTCA', 'nobody'] });
    expect(told(await stream.message(1))).toEqual({ changed: ['ROOTCA'], removed: ['nobody'] });
    stream.write({ resource_names_unsubscribe: ['ROOTCA'] });
    stream.write({ resource_names_subscribe: ['default'] }); // asked for again is told again
    expect(told(await stream.message(2))).toEqual({ changed: ['default'], removed: [] });
    stream.cancel();
  });

  test('does not repeat what the proxy holds from an earlier one', async () => {
    const earlier = client.talk('DeltaSecrets');
    earlier.write({});
    const { resources } = await earlier.message(0);
    expect(resources.map(({ name }: Message) => name)).toEqual([TRUST_DOMAIN, CLIENT, WEB]);
    const versions = resources.map(({ name, version }: Message) => [name, version]);
    const later = client.talk('DeltaSecrets');
    later.write({ initial_resource_versions: Object.fromEntries(versions.slice(1)) });
    expect(told(await later.message(0))).toEqual({ changed: [TRUST_DOMAIN], removed: [] });
    earlier.cancel();
    later.cancel();
  });

  test('follows 256 names at most', async () => {
    const stream = client.talk('DeltaSecrets');
    const names = Array.from({ length: 257 }, (_, n) => `nobody-${n}`);
    stream.write({ resource_names_subscribe: names });
    expect(await stream.end()).toMatchObject({ code: RESOURCE_EXHAUSTED });
  });
});
