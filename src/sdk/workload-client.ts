import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { realClock } from '../platform/index.ts';
import { targetOf } from './endpoint.ts';
import { SdkError, type SdkErrorCode } from './errors.ts';

/** A method of the Workload API: what goes in and what comes out. */
export interface Method<Input extends DescMessage, Output extends DescMessage> {
  readonly parent: { readonly typeName: string };
  readonly name: string;
  readonly input: Input;
  readonly output: Output;
}

const CODES: Readonly<Partial<Record<status, SdkErrorCode>>> = {
  [status.PERMISSION_DENIED]: 'IDENTITY_DENIED',
  [status.INVALID_ARGUMENT]: 'REQUEST_REFUSED',
};

/** A connection to the Workload API, for as long as it is used. */
export class WorkloadClient {
  readonly #client: Client;

  /** @throws SdkError ENDPOINT_MISSING, ENDPOINT_MALFORMED */
  constructor(endpoint: string | undefined) {
    this.#client = new Client(targetOf(endpoint), credentials.createInsecure());
  }

  /** @throws SdkError IDENTITY_DENIED, REQUEST_REFUSED, API_UNAVAILABLE */
  ask<Input extends DescMessage, Output extends DescMessage>(
    method: Method<Input, Output>,
    request: MessageInitShape<Input>,
    timeoutMs: number,
  ): Promise<MessageShape<Output>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        pathOf(method),
        encoderOf(method.input),
        decoderOf(method.output),
        request,
        header(),
        { deadline: realClock.now() + timeoutMs },
        (error, answer) => {
          if (error === null && answer !== undefined) resolve(answer);
          else reject(problemOf(error));
        },
      );
    });
  }

  /** Messages as they come; see {@link problemOf} for what its `error` means. */
  follow<Input extends DescMessage, Output extends DescMessage>(
    method: Method<Input, Output>,
  ): ClientReadableStream<MessageShape<Output>> {
    return this.#client.makeServerStreamRequest(
      pathOf(method),
      encoderOf(method.input),
      decoderOf(method.output),
      create(method.input) as MessageInitShape<Input>, // a message is a shape of itself
      header(),
    );
  }

  close(): void {
    this.#client.close();
  }
}

/** What a failed call means to the program. */
export function problemOf(error: unknown): SdkError {
  const { code, details } = (error ?? {}) as Partial<ServiceError>; // what grpc-js fails with, whatever its types say
  const meaning = CODES[code ?? status.UNKNOWN] ?? 'API_UNAVAILABLE';
  return new SdkError(meaning, details?.replace(RESOLUTION_NOTE, '') ?? 'no answer', {
    cause: error,
  });
}

/** What the library says of names that it looked up: of a socket nothing. */
const RESOLUTION_NOTE = /\.? Resolution note: .*$/s;

const pathOf = ({ parent, name }: Pick<Method<DescMessage, DescMessage>, 'parent' | 'name'>) =>
  `/${parent.typeName}/${name}`;

const encoderOf =
  <Desc extends DescMessage>(schema: Desc) =>
  (message: MessageInitShape<Desc>): Buffer =>
    Buffer.from(toBinary(schema, create(schema, message)));

const decoderOf =
  <Desc extends DescMessage>(schema: Desc) =>
  (bytes: Buffer): MessageShape<Desc> =>
    fromBinary(schema, bytes);

/** SPIFFE Workload API, section 6.1. */
function header(): Metadata {
  const metadata = new Metadata();
  metadata.set('workload.spiffe.io', 'true');
  return metadata;
}
