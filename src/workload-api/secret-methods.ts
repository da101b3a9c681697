import { err, ok, type Result } from '../core/index.ts';
import type { RpcCall, RpcHandlers, RpcMethods, RpcStatus } from '../ports/index.ts';
import { Caller } from './caller.ts';
import { DeltaSecrets } from './delta-secrets.ts';
import type { WorkloadApiHost } from './host.ts';
import { pathOf } from './messages.ts';
import { SecretDiscoveryService } from './proto/index.ts';
import { fetchSecrets } from './secret-answers.ts';
import { StateStream } from './state-stream.ts';
import { StreamSecrets } from './stream-secrets.ts';
import { unaryCall } from './unary-call.ts';
import type { X509Context, X509Contexts } from './x509-context.ts';

/** One side of a conversation about secrets: what the proxy wants, and what it is told. */
export interface SecretConversation {
  /** Takes a request; whether it may call for an answer, or why it is none. */
  take(request: Uint8Array): Result<boolean, RpcStatus>;
  /** What is to be told now; the same value as long as nothing is different. */
  answer(context: X509Context): Result<object | undefined, RpcStatus>;
  /** The message for the last answer; undefined when it says nothing new. */
  encode(): Uint8Array | undefined;
}

/** Envoy's secret discovery service, version 3. */
export function secretMethods<Process>(
  host: WorkloadApiHost<Process>,
  contexts: X509Contexts,
): RpcMethods<Process> {
  const { method } = SecretDiscoveryService;
  const rejected = (detail: string) => host.rejected(detail);
  const talk = (name: string, begin: () => SecretConversation) => (call: RpcCall<Process>) =>
    converse({ call, host, contexts, name, conversation: begin() });
  return {
    [pathOf(method.streamSecrets)]: talk('StreamSecrets', () => new StreamSecrets(rejected)),
    [pathOf(method.deltaSecrets)]: talk('DeltaSecrets', () => new DeltaSecrets(rejected)),
    [pathOf(method.fetchSecrets)]: (call) =>
      unaryCall({ call, host, contexts, name: 'FetchSecrets', answer: fetchSecrets }),
  };
}

function converse<Process>({
  call,
  host,
  contexts,
  name,
  conversation,
}: {
  readonly call: RpcCall<Process>;
  readonly host: WorkloadApiHost<Process>;
  readonly contexts: X509Contexts;
  readonly name: string;
  readonly conversation: SecretConversation;
}): RpcHandlers {
  const caller = new Caller(call, { host, contexts, changed: () => stream.look() });
  let isAsked = false;
  let refusal: RpcStatus | undefined;
  const stream = new StateStream<object>({
    call,
    async current() {
      if (refusal !== undefined) return err(refusal);
      const judged = await caller.judge();
      if (!judged.ok) return judged;
      if (!isAsked) return ok(undefined);
      const context = await caller.x509();
      if (!context.ok || context.value === undefined) return context;
      return conversation.answer(context.value);
    },
    encode: () => conversation.encode(),
    answered: (result) => host.answered(name, result),
  });
  const stopFollowing = host.onChange(() => {
    caller.forget();
    stream.look();
  });
  stream.look(); // who may be nobody is told at once, whatever it would ask for
  return {
    message(bytes) {
      isAsked = true;
      const taken = conversation.take(bytes);
      if (!taken.ok) refusal = taken.error;
      if (!taken.ok || taken.value) stream.look();
    },
    drained: () => stream.drained(),
    closed() {
      stopFollowing();
      stream.closed();
      caller.release();
    },
  };
}
