import type { Result } from '../core/index.ts';
import type { RpcCall, RpcHandlers, RpcStatus } from '../ports/index.ts';
import { Caller } from './caller.ts';
import type { WorkloadApiHost } from './host.ts';
import type { X509Contexts } from './x509-context.ts';

/** Answers one request with one message. */
export type AnswerOnce<Process> = (
  request: Uint8Array,
  caller: Caller<Process>,
  host: WorkloadApiHost<Process>,
) => Promise<Result<Uint8Array, RpcStatus>>;

/** A call with one request and one answer. */
export function unaryCall<Process>({
  call,
  host,
  contexts,
  name,
  answer,
}: {
  readonly call: RpcCall<Process>;
  readonly host: WorkloadApiHost<Process>;
  readonly contexts: X509Contexts;
  readonly name: string;
  readonly answer: AnswerOnce<Process>;
}): RpcHandlers {
  let isAsked = false;
  const caller = new Caller(call, { host, contexts, changed: () => undefined });
  const finish = (result: Result<Uint8Array, RpcStatus>) => {
    const status: RpcStatus = result.ok ? { code: 'ok', message: '' } : result.error;
    host.answered(name, status.code);
    if (result.ok) call.send(result.value);
    call.end(status);
  };
  const failed = (error: unknown) =>
    finish({ ok: false, error: { code: 'internal', message: String(error) } });
  // Who may be nobody is told at once, so that nobody keeps silent calls open.
  caller.judge().then((judged) => {
    if (judged.ok || isAsked) return;
    isAsked = true;
    finish(judged);
  }, failed);
  return {
    message(request) {
      if (isAsked) return;
      isAsked = true;
      answer(request, caller, host).then(finish, failed);
    },
    drained: () => undefined,
    closed: () => caller.release(),
  };
}
