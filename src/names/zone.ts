import type { Answer as DnsRecord } from 'dns-packet';
import type { Namespace, ServiceKey } from '../core/index.ts';
import { MESH_SUFFIX, meshName, readMeshName } from '../registry/index.ts';
import { type Answer, plainAnswer } from './answer.ts';
import { NEGATIVE_TTL_S, TTL_S } from './limits.ts';
import { type Question, RCODE } from './question.ts';

/** What the asking workload's service is to it. */
export type Lookup =
  | {
      readonly kind: 'found';
      readonly address: string;
      readonly port: number;
      readonly protocol: string;
    }
  /** There is none of that name, for this asker. */
  | { readonly kind: 'unknown' }
  /** It cannot be told whose name that is: a wrong answer would be worse than none. */
  | { readonly kind: 'undecided' };

/** What the mesh knows of names. */
export interface Zone {
  readonly lookup: (key: ServiceKey) => Lookup;
  readonly hasNamespace: (namespace: Namespace) => boolean;
}

/** The answer of `.mesh`; undefined for a name that somebody else knows. */
export function answerFromZone(question: Question, zone: Zone): Answer | undefined {
  const name = readMeshName(question.labels);
  if (name.kind === 'foreign') return undefined;
  if (question.class !== 'IN' && question.class !== 'ANY') return plainAnswer(RCODE.refused);
  if (name.kind === 'none') return absent();
  if (name.kind === 'suffix') return question.type === 'SOA' ? present([START]) : present([]);
  if (name.kind === 'namespace') return zone.hasNamespace(name.namespace) ? present([]) : absent();
  const found = zone.lookup(name.key);
  if (found.kind === 'undecided') return plainAnswer(RCODE.refused);
  if (found.kind === 'unknown') return absent();
  if (name.kind === 'transport') return present([]);
  if (name.kind === 'protocol' && name.protocol !== found.protocol) return absent();
  return ofService(question, name.key, found);
}

function ofService(
  { labels, type }: Question,
  key: ServiceKey,
  { address, port }: Extract<Lookup, { kind: 'found' }>,
): Answer {
  const target = meshName(key);
  const asked = labels.join('.');
  const where: DnsRecord = { type: 'A', name: target, ttl: TTL_S, data: address };
  const isService = asked === target;
  if (type === 'A' && isService) return present([where]);
  if (type !== 'SRV') return present([]);
  const data = { priority: 0, weight: 0, port, target };
  return present([{ type: 'SRV', name: asked, ttl: TTL_S, data }], [where]);
}

/**
 * The one who decides over `.mesh` (RFC 2308 section 3: its last field says how long an absence may be
 * kept). Nobody copies it from here, so the other fields are of no use to anybody.
 */
const START: DnsRecord = {
  type: 'SOA',
  name: MESH_SUFFIX,
  ttl: NEGATIVE_TTL_S,
  data: {
    mname: MESH_SUFFIX,
    rname: `hostmaster.${MESH_SUFFIX}`,
    serial: 1,
    refresh: 3_600,
    retry: 600,
    expire: 86_400,
    minimum: NEGATIVE_TTL_S,
  },
};

const present = (
  answers: readonly DnsRecord[],
  additionals: readonly DnsRecord[] = [],
): Answer => ({
  rcode: RCODE.noError,
  authoritative: true,
  answers,
  authorities: answers.length === 0 ? [START] : [],
  additionals,
});

const absent = (): Answer => ({ ...present([]), rcode: RCODE.nameError });
