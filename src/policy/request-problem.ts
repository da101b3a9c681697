import type { DecisionRequest, PolicyUser } from './decision.ts';
import { grpcMethodStart } from './grpc-path.ts';
import type { PolicySchema } from './schema.ts';

/** Characters of one text of a request: a line of HTTP is no longer in any proxy that forwards it. */
export const MAX_TEXT_CHARACTERS = 16 * 1024;
/** Characters of an issuer, a subject, a group or a locality: what RFC 7519 issuers use has some hundred. */
export const MAX_NAME_CHARACTERS = 1_024;
/** Groups of one user: Entra ID puts at most 200 into a token. */
export const MAX_GROUPS = 256;
/** Claims of one user that policies may read. */
export const MAX_CLAIMS = 64;
const MAX_RISK = 100;
/** Of a path in words; a person recognizes it. */
const SHOWN_CHARACTERS = 64;
/** The last millisecond that Cedar's `datetime` can write, 9999-12-31. */
const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Why nothing may be permitted to this request, whatever the policies say: a part of it is missing that they read
 * (`reads`), is oversized, or is no such thing as the schema says. Undefined for a request to be judged.
 */
export function requestProblem(
  request: DecisionRequest,
  schema: PolicySchema,
  reads: ReadonlySet<string>,
): string | undefined {
  return (
    missingTime(request, reads) ??
    wrongNumber('port', request.port, 65_535) ??
    wrongNumber('time', request.timeMs, MAX_TIME_MS) ??
    wrongNumber('risk', request.risk, MAX_RISK) ??
    oversized('locality', request.locality, MAX_NAME_CHARACTERS) ??
    oversized('tls.version', request.tls?.version, MAX_NAME_CHARACTERS) ??
    (request.user === undefined ? undefined : wrongUser(request.user)) ??
    (request.action === 'connect' ? undefined : wrongRequest(request, schema))
  );
}

/** Only where a policy reads it: nothing true can stand in its place. */
const missingTime = (
  { timeMs }: DecisionRequest,
  reads: ReadonlySet<string>,
): string | undefined =>
  timeMs === undefined && reads.has('time')
    ? 'the request has no time, which a policy reads'
    : undefined;

const wrongNumber = (name: string, value: number | undefined, max: number): string | undefined =>
  value === undefined || (Number.isInteger(value) && value >= 0 && value <= max)
    ? undefined
    : `the request's ${name} is ${value}, and not a whole number from 0 to ${max}`;

const oversized = (name: string, text: string | undefined, max: number): string | undefined =>
  text === undefined || text.length <= max
    ? undefined
    : `the request's ${name} has ${text.length} characters, and at most ${max} are judged`;

function wrongUser({ issuer, subject, groups, claims }: PolicyUser): string | undefined {
  // The first `|` of a user's name ends the issuer: with another one, two users could share a name.
  if (issuer === '' || issuer.includes('|')) return `'${issuer}' is no issuer of users`;
  if (groups.length > MAX_GROUPS) {
    return `the user is in ${groups.length} groups, and at most ${MAX_GROUPS} are judged`;
  }
  for (const group of groups) {
    const problem = oversized('user', group, MAX_NAME_CHARACTERS);
    if (problem !== undefined) return problem;
  }
  return (
    oversized('user', issuer, MAX_NAME_CHARACTERS) ??
    oversized('user', subject, MAX_NAME_CHARACTERS) ??
    wrongClaim(claims)
  );
}

// This and what follows runs at every request, so no list of names is made.
function wrongClaim(claims: PolicyUser['claims']): string | undefined {
  let count = 0;
  for (const name in claims) {
    count += 1;
    if (count > MAX_CLAIMS) return `the user has more than ${MAX_CLAIMS} claims`;
    const problem =
      oversized('user', name, MAX_NAME_CHARACTERS) ??
      oversized('claim', claims[name], MAX_TEXT_CHARACTERS);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function wrongRequest(
  { action, path, host, headers }: Exclude<DecisionRequest, { action: 'connect' }>,
  schema: PolicySchema,
): string | undefined {
  return (
    (action === 'grpc' ? wrongCall(path) : undefined) ??
    oversized('path', path, MAX_TEXT_CHARACTERS) ??
    oversized('host', host, MAX_TEXT_CHARACTERS) ??
    (headers === undefined ? undefined : wrongHeader(headers, schema))
  );
}

/** A path in which two gRPC servers might find two services is judged by nobody. */
const wrongCall = (path: string): string | undefined =>
  grpcMethodStart(path) === undefined
    ? `the path '${path.slice(0, SHOWN_CHARACTERS)}' is not that of a gRPC method, /package.Service/Method`
    : undefined;

function wrongHeader(
  headers: Readonly<Record<string, string>>,
  schema: PolicySchema,
): string | undefined {
  for (const name in headers) {
    if (!schema.headers.includes(name)) {
      return `the header '${name}' is not one that the settings name`;
    }
    const problem = oversized('header', headers[name], MAX_TEXT_CHARACTERS);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
