import type { z } from 'zod';
import {
  DEFAULT_NAMESPACE,
  err,
  isDnsLabel,
  ok,
  parseNamespace,
  parseTrustDomain,
  type Result,
  type TrustDomain,
} from '../../core/index.ts';
import { MAX_TARGET_BYTES } from '../limits.ts';
import {
  type ResourceContext,
  toAuthentication,
  toService,
  toSettings,
  type WrongField,
} from './contents.ts';
import { authenticationDocument, serviceDocument, settingsDocument } from './documents.ts';
import { SETTINGS_PATH, targetPath } from './encode-target.ts';
import {
  toAttestation,
  toAuthority,
  toRegistration,
  toRetiring,
  toRevocation,
} from './identity-contents.ts';
import {
  attestationDocument,
  authorityDocument,
  registrationDocument,
  retiringAuthorityDocument,
  revocationDocument,
} from './identity-documents.ts';
import type { TargetContent } from './resource.ts';

/**
 * Reads a target back. Its signature was checked before; its content is still judged, because a
 * newer version of the software may have written it. The refusal says what is wrong.
 */
export function decodeTarget(
  path: string,
  bytes: Uint8Array,
  trustDomain: TrustDomain,
): Result<TargetContent, string> {
  const content = readContent(path, bytes, { trustDomain, namespace: DEFAULT_NAMESPACE });
  if (!content.ok) return content;
  const own = targetPath(content.value);
  return own === path ? content : err(`it holds what belongs at ${own}`);
}

function readContent(
  path: string,
  bytes: Uint8Array,
  context: ResourceContext,
): Result<TargetContent, string> {
  if (bytes.length > MAX_TARGET_BYTES) {
    return err(`${bytes.length} bytes; at most ${MAX_TARGET_BYTES} are read`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) return err('it is not UTF-8 text');
  if (path.endsWith('.cedar')) return readPolicy(path, text);
  const json = parseJson(text);
  if (!json.ok) return json;
  if (path === SETTINGS_PATH) {
    return read(settingsDocument, json.value, (document) =>
      wrap(toSettings(document, context), (settings) => ({ kind: 'MeshSettings', settings })),
    );
  }
  switch (path.split('/').slice(0, -1).at(-1)) {
    case 'services':
      return read(serviceDocument, json.value, (document) =>
        wrap(toService(document, context), (service) => ({ kind: 'Service', service })),
      );
    case 'registrations':
      return read(registrationDocument, json.value, (document) =>
        ok({ kind: 'Registration', registration: toRegistration(document, context) }),
      );
    case 'authentications':
      return read(authenticationDocument, json.value, (document) =>
        wrap(toAuthentication(document), (authentication) => ({
          kind: 'RequestAuthentication',
          authentication,
        })),
      );
    case 'authorities':
      return read(authorityDocument, json.value, (document) =>
        wrap(toAuthority(document), (authority) => ({ kind: 'Authority', authority })),
      );
    case 'retiring':
      return read(retiringAuthorityDocument, json.value, (document) =>
        wrap(toRetiring(document), (retiring) => ({ kind: 'RetiringAuthority', retiring })),
      );
    case 'revocations':
      return read(revocationDocument, json.value, (document) =>
        wrap(toRevocation(document, context), (revocation) => ({ kind: 'Revocation', revocation })),
      );
    case 'attestations':
      return read(attestationDocument, json.value, (document) =>
        ok({ kind: 'NodeAttestation', attestation: toAttestation(document) }),
      );
    default:
      return err('no kind of resource lives at this path');
  }
}

function readPolicy(path: string, text: string): Result<TargetContent, string> {
  const [, namespace, name = ''] = /^(?:ns\/([^/]+)\/)?policies\/([^/]+)\.cedar$/.exec(path) ?? [];
  if (!isDnsLabel(name)) return err('a policy is a file <name>.cedar whose name is a DNS label');
  if (namespace === undefined) return ok({ kind: 'Policy', policy: { name, text } });
  const parsed = parseNamespace(namespace);
  return parsed.ok
    ? ok({ kind: 'Policy', policy: { name, namespace: parsed.value, text } })
    : parsed;
}

function read<T>(
  schema: z.ZodType<T>,
  json: unknown,
  convert: (document: T) => Result<TargetContent, string>,
): Result<TargetContent, string> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return convert(parsed.data);
  const [first] = parsed.error.issues;
  return err(first === undefined ? 'wrong shape' : describe(first));
}

/** The settings' own word for the trust domain: without it nothing else can be read. */
export function decodeTrustDomain(settings: Uint8Array): Result<TrustDomain, string> {
  const text = decodeUtf8(settings);
  const json = text === undefined ? err('it is not UTF-8 text') : parseJson(text);
  if (!json.ok) return json;
  const document = settingsDocument.safeParse(json.value);
  return parseTrustDomain(document.data?.spec.trustDomain ?? '');
}

const describe = ({ path, message }: { path: readonly PropertyKey[]; message: string }): string =>
  path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;

function wrap<T>(
  result: Result<T, readonly WrongField[]>,
  content: (value: T) => TargetContent,
): Result<TargetContent, string> {
  if (result.ok) return ok(content(result.value));
  return err(result.error.map(describe).join('; '));
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // a TypeError is how it says "malformed"
  }
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch (cause) {
    return err(`it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
