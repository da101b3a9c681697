import { err, ok, parseNamespace, type Result } from '../core/index.ts';
import { MAX_VERSION } from './limits.ts';
import { delegatedRole, namespaceOf, type TargetsRole } from './repository/index.ts';

/** One version of one list: what people name when they ask what was in force. */
export interface VersionName {
  readonly role: TargetsRole;
  readonly version: number;
}

/** `7` is the governors' list, `payments/3` that of the namespace payments. */
export const formatVersion = ({ role, version }: VersionName): string =>
  role === 'targets' ? String(version) : `${namespaceOf(role)}/${version}`;

/** Reads what {@link formatVersion} writes. The error says what to write. */
export function parseVersionName(text: string): Result<VersionName, string> {
  const [number = '', namespace, ...rest] = text.split('/').reverse();
  const version = /^[1-9][0-9]{0,9}$/.test(number) ? Number(number) : 0;
  if (version < 1 || version > MAX_VERSION || rest.length > 0) {
    return err(`'${text}' is no version: write a number, or <namespace>/<number>`);
  }
  if (namespace === undefined) return ok({ role: 'targets', version });
  const parsed = parseNamespace(namespace);
  return parsed.ok ? ok({ role: delegatedRole(parsed.value), version }) : parsed;
}
