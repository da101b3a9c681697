import { hostProcess } from '../platform/index.ts';
import { SdkError } from './errors.ts';

/** SPIFFE Workload Endpoint, section 4. */
const VARIABLE = 'SPIFFE_ENDPOINT_SOCKET';

/**
 * Where the Workload API is, as gRPC says it; `endpoint` goes before what the environment says.
 *
 * @throws SdkError ENDPOINT_MISSING, ENDPOINT_MALFORMED
 */
export function targetOf(endpoint: string | undefined): string {
  const text = endpoint ?? hostProcess().environment[VARIABLE];
  if (text === undefined) throw new SdkError('ENDPOINT_MISSING', `${VARIABLE} is not set`);
  if (/^unix:\/\/\/[^?#]+$/.test(text)) return text;
  const tcp = /^tcp:\/\/((?:\d+\.){3}\d+|\[[\da-fA-F:.]+\]):(\d+)$/.exec(text);
  if (tcp === null) throw new SdkError('ENDPOINT_MALFORMED', `'${text}' is no Workload API`);
  return `${tcp[1]}:${tcp[2]}`;
}
