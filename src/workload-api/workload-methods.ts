import { create, toBinary } from '@bufbuild/protobuf';
import { ok, type Result, trustDomainId } from '../core/index.ts';
import type { RpcCall, RpcHandlers, RpcMethods, RpcStatus } from '../ports/index.ts';
import { Caller } from './caller.ts';
import type { WorkloadApiHost, X509Bundle } from './host.ts';
import { pathOf } from './messages.ts';
import { JWTBundlesResponseSchema, SpiffeWorkloadAPI } from './proto/index.ts';
import { StateStream } from './state-stream.ts';
import { signTokens, validateToken } from './token-methods.ts';
import { type AnswerOnce, unaryCall } from './unary-call.ts';
import { encodeX509Bundles, type X509Context, type X509Contexts } from './x509-context.ts';

/** SPIFFE Workload API, section 6.1: so that no browser or proxy is talked into calling it. */
const SECURITY_HEADER = 'workload.spiffe.io';

const NO_HEADER: RpcStatus = {
  code: 'invalid-argument',
  message: `the header ${SECURITY_HEADER}: true is missing`,
};

type Open<Process> = (call: RpcCall<Process>) => RpcHandlers;

/** What a stream shows to one caller. */
type Shown<Process, State> = (caller: Caller<Process>) => {
  current(): Promise<Result<State | undefined, RpcStatus>>;
  encode(state: State): Uint8Array;
};

/** The methods of the SPIFFE Workload API. */
export function workloadMethods<Process>(
  host: WorkloadApiHost<Process>,
  contexts: X509Contexts,
): RpcMethods<Process> {
  const { method } = SpiffeWorkloadAPI;
  const streaming = <State>(name: string, shown: Shown<Process, State>): Open<Process> =>
    guarded(host, name, (call) => openStream({ call, host, contexts, name, shown }));
  const unary = (name: string, answer: AnswerOnce<Process>): Open<Process> =>
    guarded(host, name, (call) => unaryCall({ call, host, contexts, name, answer }));
  return {
    [pathOf(method.fetchX509SVID)]: streaming<X509Context>('FetchX509SVID', (caller) => ({
      current: () => caller.x509(),
      encode: (context) => context.response,
    })),
    [pathOf(method.fetchX509Bundles)]: streaming<X509Bundle>('FetchX509Bundles', (caller) => ({
      current: () => toWhomever(caller, () => host.x509Bundle()),
      encode: encodeX509Bundles,
    })),
    [pathOf(method.fetchJWTBundles)]: streaming<string>('FetchJWTBundles', (caller) => ({
      current: () => toWhomever(caller, () => host.tokens.bundle()),
      encode: (jwks) => encodeJwtBundles(jwks, host),
    })),
    [pathOf(method.fetchJWTSVID)]: unary('FetchJWTSVID', signTokens),
    [pathOf(method.validateJWTSVID)]: unary('ValidateJWTSVID', validateToken),
  };
}

const guarded =
  <Process>(host: WorkloadApiHost<Process>, name: string, open: Open<Process>): Open<Process> =>
  (call) => {
    if (call.header(SECURITY_HEADER) === 'true') return open(call);
    host.answered(name, NO_HEADER.code);
    call.end(NO_HEADER);
    return { message: () => undefined, drained: () => undefined, closed: () => undefined };
  };

/** The request says nothing, so the state is shown at once. */
function openStream<Process, State>({
  call,
  host,
  contexts,
  name,
  shown,
}: {
  readonly call: RpcCall<Process>;
  readonly host: WorkloadApiHost<Process>;
  readonly contexts: X509Contexts;
  readonly name: string;
  readonly shown: Shown<Process, State>;
}): RpcHandlers {
  const caller = new Caller(call, { host, contexts, changed: () => stream.look() });
  const stream = new StateStream<State>({
    call,
    ...shown(caller),
    answered: (result) => host.answered(name, result),
  });
  const stopFollowing = host.onChange(() => {
    caller.forget();
    stream.look();
  });
  stream.look();
  return {
    message: () => undefined,
    drained: () => stream.drained(),
    closed() {
      stopFollowing();
      stream.closed();
      caller.release();
    },
  };
}

/** Bundles are for all who have an identity, whichever. */
async function toWhomever<Process, State>(
  caller: Caller<Process>,
  state: () => State,
): Promise<Result<State, RpcStatus>> {
  const judged = await caller.judge();
  return judged.ok ? ok(state()) : judged;
}

function encodeJwtBundles<Process>(jwks: string, host: WorkloadApiHost<Process>): Uint8Array {
  const { trustDomain } = host.x509Bundle();
  const bundles = { [trustDomainId(trustDomain)]: new TextEncoder().encode(jwks) };
  return toBinary(JWTBundlesResponseSchema, create(JWTBundlesResponseSchema, { bundles }));
}
