import { formatDuration, formatInstant } from '../../core/index.ts';

/** How fields are called that are not called as people call them. */
const WORDS: Readonly<Record<string, string>> = {
  connectTimeoutMs: 'connect timeout',
  requestTimeoutMs: 'request timeout',
  spiffeId: 'identity',
  onlineKey: 'online key',
  tokenKeys: 'token keys',
  jwksUri: 'keys at',
  ofMesh: 'tokens of the mesh',
  nodeName: 'node name from',
  startedByRun: 'started by selvage run',
  beforeMs: 'before',
  keySha256: 'key',
  groupsClaim: 'groups claim',
};

const INSTANTS = new Set(['beforeMs']);

/** Too long for a line: that they changed is said, and the whole of them where it is signed. */
const UNSAID = new Set(['keys']);

/**
 * Which fields of a thing changed, and how: `protocol http → tcp, identities + spiffe://… - spiffe://…`. Fields of a
 * field count as its own.
 */
export function fieldDifferences(was: object, is: object): string {
  const [before, after] = [flat(was), flat(is)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)))
    .map((name) => {
      const said = UNSAID.has(name) ? '' : ` ${values(name, before.get(name), after.get(name))}`;
      return `${WORDS[name] ?? name}${said}`;
    })
    .join(', ');
}

function flat(thing: object): Map<string, unknown> {
  const isGroup = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  return new Map(
    Object.entries(thing).flatMap(([name, value]): [string, unknown][] =>
      isGroup(value) ? Object.entries(value) : [[name, value]],
    ),
  );
}

function values(name: string, was: unknown, is: unknown): string {
  if (!Array.isArray(was) || !Array.isArray(is)) return `${said(name, was)} → ${said(name, is)}`;
  const added = is.filter((one) => !was.includes(one));
  const gone = was.filter((one) => !is.includes(one));
  return [
    ...added.map((one) => `${gone.some((old) => saysMore(one, old)) ? '~' : '+'} ${one}`),
    ...gone.filter((old) => !added.some((one) => saysMore(one, old))).map((one) => `- ${one}`),
  ].join(' ');
}

/** The same thing with more said of it, such as its end: it neither came nor went. */
const saysMore = (is: unknown, was: unknown): boolean => String(is).startsWith(`${was} `);

function said(name: string, value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.join(' ');
  if (INSTANTS.has(name) && typeof value === 'number') return formatInstant(value);
  return name.endsWith('Ms') && typeof value === 'number' ? formatDuration(value) : String(value);
}
