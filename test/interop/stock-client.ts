import { join, resolve } from 'node:path';
import {
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The definitions, as another library than the server's reads them. */
export const PROTOS = resolve(import.meta.dir, '../../src/workload-api/proto');

const definitions = loadSync(['workload.proto', 'secret-discovery.proto'], {
  includeDirs: [PROTOS],
  keepCase: true,
  defaults: true,
});

const methods = new Map<string, MethodOf>();
for (const service of ['SpiffeWorkloadAPI', 'envoy.service.secret.v3.SecretDiscoveryService']) {
  const described = definitions[service] as unknown as Readonly<Record<string, MethodOf>>; // both are services
  for (const [name, method] of Object.entries(described)) methods.set(name, method);
}

/** Of the optional profile, which our definitions leave out: any message will do. */
for (const name of ['FetchWITSVID', 'FetchWITBundles']) {
  methods.set(name, { ...methodOf('FetchX509SVID'), path: `/SpiffeWorkloadAPI/${name}` });
}

interface MethodOf {
  readonly path: string;
  readonly requestSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

/** A message as the library gives it: what a test reads of it, it says. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is that of the definition
export type Message = any;

/** Messages of a stream as they come, and how it ended. */
export class Stream {
  readonly messages: Message[] = [];
  ended: { readonly code: number; readonly details: string } | undefined;
  readonly #stream: ClientReadableStream<object>;
  readonly write: (message: object) => void;

  constructor(stream: ClientReadableStream<object>, write: (message: object) => void) {
    this.#stream = stream;
    this.write = write;
    stream.on('data', (message: object) => this.messages.push(message));
    stream.on('error', ({ code, details }: ServiceError) => {
      this.ended = { code, details };
    });
    stream.on('end', () => {
      this.ended ??= { code: 0, details: '' };
    });
  }

  /** The message of that number, from 0, once it has come. */
  async message(index: number): Promise<Message> {
    await until(() => this.messages.length > index || this.ended !== undefined);
    if (this.messages.length <= index) {
      throw new Error(`no message ${index}: the stream ended with ${JSON.stringify(this.ended)}`);
    }
    return this.messages[index];
  }

  async end(): Promise<{ readonly code: number; readonly details: string }> {
    await until(() => this.ended !== undefined);
    return this.ended ?? { code: -1, details: '' };
  }

  cancel(): void {
    this.#stream.cancel();
  }
}

/** A client of the Workload API and of secret discovery that is not ours. */
export class StockClient {
  readonly #client: Client;

  constructor(socket: string) {
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    this.#client = new Client(`unix://${socket}`, credentials.createInsecure(), options);
  }

  /** A stream of answers to one request. */
  stream(name: string, request: object = {}, headers = SECURITY_HEADER): Stream {
    const { path, requestSerialize, responseDeserialize } = methodOf(name);
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadataOf(headers),
    );
    return new Stream(stream, () => undefined);
  }

  /** Messages both ways. */
  talk(name: string): Stream {
    const { path, requestSerialize, responseDeserialize } = methodOf(name);
    const call = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    return new Stream(call, (message) => call.write(message));
  }

  /** The one answer, or a rejection with `code` and `details`. */
  ask(name: string, request: object, headers = SECURITY_HEADER): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = methodOf(name);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadataOf(headers),
        (error, answer) => {
          if (error === null) resolve(answer);
          else reject(error);
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** The code with which a call is refused; 0 when it is answered. */
export const codeOf = (answer: Promise<Message>): Promise<number> =>
  answer.then(
    () => 0,
    ({ code }: ServiceError) => code,
  );

export const SECURITY_HEADER: Readonly<Record<string, string>> = { 'workload.spiffe.io': 'true' };

function methodOf(name: string): MethodOf {
  const method = methods.get(name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  return method;
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

const LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 5;

/** Waits until `holds`, and fails if it never does. */
export async function until(holds: () => boolean, limitMs = LIMIT_MS): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > endsAt) throw new Error(`waited ${limitMs} ms in vain for: ${holds}`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** Where SPIFFE's own definition lies, if Go has brought it here. */
export const spiffeProto = (modules: string): string =>
  join(modules, 'github.com/spiffe/go-spiffe/v2@v2.9.0/proto/spiffe/workload/workload.proto');
