import { create, toBinary } from '@bufbuild/protobuf';
import { err, ok, type Result } from '../core/index.ts';
import type { RpcStatus } from '../ports/index.ts';
import { decode } from './messages.ts';
import { DiscoveryRequestSchema, DiscoveryResponseSchema } from './proto/index.ts';
import {
  type NamedSecret,
  SECRET_TYPE,
  secretNames,
  secretOf,
  type Validation,
  validationFor,
} from './secrets.ts';
import type { AnswerOnce } from './unary-call.ts';
import type { X509Context } from './x509-context.ts';

/** An empty type is that of the service. */
export const requireSecretType = (typeUrl: string): Result<void, RpcStatus> =>
  typeUrl === '' || typeUrl === SECRET_TYPE
    ? ok(undefined)
    : err({ code: 'invalid-argument', message: `there is nothing of the type '${typeUrl}' here` });

/** The secrets of those names, all for none; or which of them the workload does not have. */
export function secretsNamed(
  names: readonly string[],
  context: X509Context,
  validation: Validation,
): Result<readonly NamedSecret[], RpcStatus> {
  const asked = new Set(names.filter((name) => name !== ''));
  const wanted = asked.size === 0 ? secretNames(context) : [...asked];
  const found = wanted.flatMap((name) => secretOf(name, context, validation) ?? []);
  if (found.length === wanted.length) return ok(found);
  const missing = wanted.filter((name) => !found.some((secret) => secret.name === name));
  const message = `the process may not have ${missing.join(', ')}, but ${secretNames(context).join(', ')}`;
  return err({ code: 'invalid-argument', message });
}

/** The secrets as they are now, once. */
export const fetchSecrets: AnswerOnce<unknown> = async (bytes, caller) => {
  const request = decode(DiscoveryRequestSchema, bytes);
  if (!request.ok) return request;
  const { typeUrl, node, resourceNames } = request.value;
  const type = requireSecretType(typeUrl);
  if (!type.ok) return type;
  const context = await caller.x509Awaited();
  if (!context.ok) return context;
  const secrets = secretsNamed(resourceNames, context.value, validationFor(node));
  if (!secrets.ok) return secrets;
  const resources = secrets.value.map(({ resource }) => resource);
  return ok(
    toBinary(
      DiscoveryResponseSchema,
      create(DiscoveryResponseSchema, { typeUrl: SECRET_TYPE, versionInfo: '1', resources }),
    ),
  );
};
