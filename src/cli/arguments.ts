import { InvalidArgumentError } from 'commander';
import {
  isDnsLabel,
  type Namespace,
  type NodeName,
  parseDuration,
  parseNamespace,
  parseNodeName,
  parseServiceKey,
  type Result,
  type ServiceKey,
} from '../core/index.ts';
import { weightSchema } from '../registry/index.ts';

/** Readers of option values: what is wrong is said by commander, beside the option's name. */

function orRefuse<T>(parsed: Result<T, string>): T {
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(parsed.error);
}

/** Milliseconds. */
export const parseDurationOption = (text: string): number => orRefuse(parseDuration(text));

/** Milliseconds, at least one second: how long something lasts. */
export function parseLifeOption(text: string): number {
  const lifeMs = parseDurationOption(text);
  if (lifeMs >= 1_000) return lifeMs;
  throw new InvalidArgumentError(`'${text}' is too short: write a second or more, such as 10m.`);
}

export const parseNamespaceOption = (text: string): Namespace => orRefuse(parseNamespace(text));

/** Several, each once. */
export const collectNamespace = (
  text: string,
  before: readonly Namespace[] = [],
): readonly Namespace[] => [...new Set([...before, parseNamespaceOption(text)])];

/** A service account, which is a service's name as well. */
export function parseServiceOption(text: string): string {
  if (isDnsLabel(text)) return text;
  const [namespace = '', name = '', ...more] = text.split('/');
  if (isDnsLabel(namespace) && isDnsLabel(name) && more.length === 0) {
    const flags = `--namespace ${namespace} --service ${name}`;
    throw new InvalidArgumentError(`'${text}' has a namespace, which is a flag here: ${flags}.`);
  }
  throw new InvalidArgumentError(
    `'${text}' is no service name: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.`,
  );
}

export function parsePortOption(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError(`'${text}' is no port: write a number from 1 to 65535.`);
}

/** Of one sidecar: each takes some 60 MB, and more than the cores of a large host helps nobody. */
const MAX_WORKERS = 64;

export function parseWorkersOption(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_WORKERS) return count;
  throw new InvalidArgumentError(
    `'${text}' is no number of workers: write one from 1 to ${MAX_WORKERS}.`,
  );
}

/** Of an endpoint, beside the others of its service. */
export function parseWeightOption(text: string): number {
  const weight = weightSchema.safeParse(/^\d{1,4}$/.test(text) ? Number(text) : undefined);
  if (weight.success) return weight.data;
  throw new InvalidArgumentError(`'${text}' is no weight: write a number from 1 to 1000.`);
}

/** Collects an option that names a port and may stand several times. */
export const collectPort = (text: string, before: readonly number[] = []): readonly number[] => [
  ...before,
  parsePortOption(text),
];

/** `--upstream SERVICE[=PORT]`, before it is known in which namespace the service is. */
export interface WrittenUpstream {
  readonly service: string;
  /** Without it the service is called by name. */
  readonly port?: number;
}

/** Collects `--upstream SERVICE` and `--upstream SERVICE=PORT`. */
export function collectUpstream(
  text: string,
  before: readonly WrittenUpstream[],
): readonly WrittenUpstream[] {
  const [service = '', port, ...rest] = text.split('=');
  if (service === '' || rest.length > 0) {
    throw new InvalidArgumentError(
      `write SERVICE, such as web.shop, or SERVICE=PORT, such as web=9001, and not '${text}'.`,
    );
  }
  return [...before, port === undefined ? { service } : { service, port: parsePortOption(port) }];
}

type Pairs = Readonly<Record<string, string>>;

/** Collects `KEY=VALUE`; `example` is one. */
const pairCollector =
  (example: string) =>
  (text: string, before: Pairs = {}): Pairs => {
    const at = text.indexOf('=');
    if (at <= 0) {
      throw new InvalidArgumentError(`write KEY=VALUE, such as ${example}, and not '${text}'.`);
    }
    return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  };

/** Collects `--label KEY=VALUE`. */
export const collectLabel = pairCollector('version=v2');
/** Collects `--claim KEY=VALUE`. */
export const collectClaim = pairCollector('department=books');
const collectHeaderPair = pairCollector('x-tenant=blue');
/** Collects `--header NAME=VALUE`; names of headers have no case. */
export const collectHeader = (text: string, before?: Pairs): Pairs => {
  const at = Math.max(text.indexOf('='), 0);
  return collectHeaderPair(`${text.slice(0, at).toLowerCase()}${text.slice(at)}`, before);
};

/** A person as policies know one. */
export interface WrittenUser {
  readonly issuer: string;
  readonly subject: string;
}

/** Reads `--user ISSUER|SUBJECT`. */
export function parseUserOption(text: string): WrittenUser {
  const at = text.indexOf('|');
  if (at > 0 && at < text.length - 1) {
    return { issuer: text.slice(0, at), subject: text.slice(at + 1) };
  }
  throw new InvalidArgumentError(
    `write 'ISSUER|SUBJECT', such as 'https://login.example|ada', and not '${text}'.`,
  );
}

export function parseRiskOption(text: string): number {
  if (/^(?:\d{1,2}|100)$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`'${text}' is no risk: write a number from 0 to 100.`);
}

/** An instant as RFC 3339 writes it, unchanged. */
export function parseTimeOption(text: string): string {
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(
    text,
  );
  if (isInstant && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError(
    `'${text}' is no time: write one such as 2026-11-20T09:00:00Z or 2026-11-20T10:00:00+01:00.`,
  );
}

/** Collects an option that may stand several times. */
export const collectText = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];

/** `web`, `web.shop` */
export const parseServiceKeyOption = (text: string): ServiceKey => orRefuse(parseServiceKey(text));

/** Collects `--to SERVICE`. */
export const collectServiceKey = (
  text: string,
  before: readonly ServiceKey[] = [],
): readonly ServiceKey[] => [...before, parseServiceKeyOption(text)];

/** Reads `--group ISSUER|GROUP` as a policy writes it. */
export function parseGroupOption(text: string): string {
  if (/^[^|]+\|./.test(text)) return text;
  throw new InvalidArgumentError(
    `write 'ISSUER|GROUP', such as 'https://login.example|staff', and not '${text}'.`,
  );
}

/** How many must sign. That there are so many is seen where they are known. */
export function parseThresholdOption(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`'${text}' is no threshold: write a number from 1 to 99.`);
}

/** A name of a person, or of their key. */
export function parseLabelOption(text: string): string {
  if (isDnsLabel(text)) return text;
  throw new InvalidArgumentError(
    `'${text}' is no name: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.`,
  );
}

export const parseNodeNameArgument = (text: string): NodeName => orRefuse(parseNodeName(text));
