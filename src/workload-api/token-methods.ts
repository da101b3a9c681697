import { create, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import type { RpcStatus } from '../ports/index.ts';
import { decode } from './messages.ts';
import {
  JWTSVIDRequestSchema,
  JWTSVIDResponseSchema,
  JWTSVIDSchema,
  ValidateJWTSVIDRequestSchema,
  ValidateJWTSVIDResponseSchema,
} from './proto/index.ts';
import type { AnswerOnce } from './unary-call.ts';

const refuse = (code: RpcStatus['code'], message: string) => err<RpcStatus>({ code, message });

/** A token for each identity of the caller, or for the one that it names. */
export async function signTokens<Process>(
  ...[bytes, caller, { tokens }]: Parameters<AnswerOnce<Process>>
): ReturnType<AnswerOnce<Process>> {
  const request = decode(JWTSVIDRequestSchema, bytes);
  if (!request.ok) return request;
  const { audience, spiffeId } = request.value;
  if (audience.length === 0) return refuse('invalid-argument', 'name at least one audience');
  const judged = await caller.judge();
  if (!judged.ok) return judged;
  const { process, ids } = judged.value;
  const wanted = named(ids, spiffeId);
  if (!wanted.ok) return wanted;
  const signed = await Promise.all(wanted.value.map((id) => tokens.sign(process, id, audience)));
  const svids = [];
  for (const [index, token] of signed.entries()) {
    if (!token.ok) return token;
    svids.push(create(JWTSVIDSchema, { spiffeId: wanted.value[index] ?? '', svid: token.value }));
  }
  return ok(toBinary(JWTSVIDResponseSchema, create(JWTSVIDResponseSchema, { svids })));
}

function named(ids: readonly SpiffeId[], spiffeId: string): Result<readonly SpiffeId[], RpcStatus> {
  if (spiffeId === '') return ok(ids);
  const found = ids.filter((id) => id === spiffeId);
  return found.length > 0
    ? ok(found)
    : refuse('permission-denied', `the process may not be '${spiffeId}', but ${ids.join(', ')}`);
}

/** Whose a token is and what it says. */
export const validateToken: AnswerOnce<unknown> = async (bytes, caller, { tokens }) => {
  const request = decode(ValidateJWTSVIDRequestSchema, bytes);
  if (!request.ok) return request;
  const { audience, svid } = request.value;
  if (audience === '') return refuse('invalid-argument', 'name the audience that you are');
  if (svid === '') return refuse('invalid-argument', 'there is no token');
  const judged = await caller.judge();
  if (!judged.ok) return judged;
  const checked = await tokens.check(svid, audience);
  if (!checked.ok) return refuse('invalid-argument', checked.error);
  const { spiffeId, claims } = checked.value;
  const answer = create(ValidateJWTSVIDResponseSchema, {
    spiffeId,
    claims: claims as JsonObject, // they were read from JSON
  });
  return ok(toBinary(ValidateJWTSVIDResponseSchema, answer));
};
