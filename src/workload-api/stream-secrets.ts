import { create, toBinary } from '@bufbuild/protobuf';
import { ok, type Result } from '../core/index.ts';
import type { RpcStatus } from '../ports/index.ts';
import { decode } from './messages.ts';
import { DiscoveryRequestSchema, DiscoveryResponseSchema } from './proto/index.ts';
import { requireSecretType, secretsNamed } from './secret-answers.ts';
import type { SecretConversation } from './secret-methods.ts';
import { type NamedSecret, SECRET_TYPE, type Validation, validationFor } from './secrets.ts';
import type { X509Context } from './x509-context.ts';

/** The whole of what was asked for, again each time (xDS protocol, state of the world). */
export class StreamSecrets implements SecretConversation {
  readonly #rejected: (detail: string) => void;
  #names: readonly string[] | undefined;
  #validation: Validation = 'authorities';
  #answers = 0;
  #answer:
    | {
        readonly context: X509Context;
        readonly names: readonly string[];
        readonly secrets: readonly NamedSecret[];
      }
    | undefined;

  constructor(rejected: (detail: string) => void) {
    this.#rejected = rejected;
  }

  take(bytes: Uint8Array): Result<boolean, RpcStatus> {
    const request = decode(DiscoveryRequestSchema, bytes);
    if (!request.ok) return request;
    const { typeUrl, node, resourceNames, responseNonce, errorDetail } = request.value;
    const type = requireSecretType(typeUrl);
    if (!type.ok) return type;
    if (node !== undefined) this.#validation = validationFor(node); // it may be said only once
    if (this.#answers > 0 && responseNonce !== String(this.#answers)) return ok(false); // of an older answer
    if (errorDetail !== undefined) this.#rejected(errorDetail.message);
    const isSame = this.#names?.join('\n') === resourceNames.join('\n');
    if (!isSame) this.#names = resourceNames;
    return ok(!isSame);
  }

  answer(context: X509Context): Result<object | undefined, RpcStatus> {
    const names = this.#names;
    if (names === undefined) return ok(undefined);
    const last = this.#answer;
    if (last?.context === context && last.names === names) return ok(last);
    const secrets = secretsNamed(names, context, this.#validation);
    if (!secrets.ok) return secrets;
    this.#answer = { context, names, secrets: secrets.value };
    return ok(this.#answer);
  }

  encode(): Uint8Array {
    this.#answers += 1;
    const version = String(this.#answers);
    return toBinary(
      DiscoveryResponseSchema,
      create(DiscoveryResponseSchema, {
        typeUrl: SECRET_TYPE,
        versionInfo: version,
        nonce: version,
        resources: this.#answer?.secrets.map(({ resource }) => resource) ?? [],
      }),
    );
  }
}
