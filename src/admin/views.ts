import { z } from 'zod';
import { SERVICE_PROTOCOLS } from '../core/index.ts';
import { listOf, when } from './wire-fields.ts';

/** What a node tells about itself and the mesh: read-only, made for people and programs to look at. */

const labels = z.record(z.string(), z.string());

/** A certificate or credential's end: an instant, and how far off it is by the node's clock. */
const expiry = z.object({ expiresAt: when, leftMs: z.number() });

export const statusSchema = z.object({
  trustDomain: z.string(),
  node: z.string(),
  /** Version of the program. */
  version: z.string(),
  startedAt: when,
  /** `candidate`: it has a CA, which the trust repository does not name. */
  authority: z.enum(['yes', 'candidate', 'no']),
  /** SHA-256 (hex) of the certificate of its CA, to compare before it is made an authority. */
  certificateSha256: z.string().optional(),
  trust: z.object({
    version: z.int(),
    rootVersion: z.int(),
    digest: z.string(),
    timestamp: expiry,
  }),
  records: z.object({ digest: z.string(), count: z.int() }),
  /** Of the others: how many live, whom somebody found silent, who does not answer, or has taken leave. */
  members: z.object({
    alive: z.int(),
    suspect: z.array(z.string()).readonly(),
    dead: z.array(z.string()).readonly(),
    left: z.array(z.string()).readonly(),
  }),
  credential: expiry,
  workloads: z
    .array(
      z.object({
        spiffeId: z.string(),
        pid: z.int(),
        serves: z.string().optional(),
        /** How many services its application can call. */
        upstreams: z.int().optional(),
        /** Whether nobody else of the host can do so. */
        isolated: z.boolean().optional(),
        /** Those that it calls by name, and where. */
        names: z
          .array(z.object({ name: z.string(), address: z.string(), port: z.int() }))
          .readonly()
          .optional(),
        svid: expiry.optional(),
        /** Version of the trust set whose policies it decides by. */
        enforces: z.int().optional(),
        /** Processes that carry its bytes, where there are several: those that do now, and all. */
        workers: z.object({ serving: z.int(), wanted: z.int() }).optional(),
      }),
    )
    .readonly(),
  /** Where it answers for names of the mesh, `address:port`, or why not. */
  dns: z.union([z.object({ address: z.string() }), z.object({ problem: z.string() })]).optional(),
  /** What a person should look into, in words; empty when all is well. */
  warnings: z.array(z.string()).readonly(),
});
export type Status = z.output<typeof statusSchema>;

const nodeViewSchema = z.object({
  name: z.string(),
  state: z.enum(['self', 'alive', 'suspect', 'dead', 'left']),
  authority: z.enum(['yes', 'candidate', 'no']),
  addresses: z.array(z.string()).readonly(),
  /** Version of the program that it runs. */
  version: z.string().optional(),
  /** What it says that it and all its sidecars enforce. */
  enforces: z.object({ version: z.int(), digest: z.string() }).optional(),
  /** Why not all of them decide by what is in force at it, in words. */
  lag: z.string().optional(),
  /** Since when it has heard of no authority for longer than it may, milliseconds since 1970 by its own clock. */
  staleSince: z.int().optional(),
});
export const nodeListSchema = listOf(nodeViewSchema);
export type NodeView = z.output<typeof nodeViewSchema>;

const memberViewSchema = z.object({
  name: z.string(),
  /** `suspect`: it did not answer somebody, and may contradict; `dead`: this node has concluded so; `left`: it took leave. */
  state: z.enum(['alive', 'suspect', 'dead', 'left']),
  /** Its starts times 65,536, and how often it has contradicted since that it is gone; 0: not heard yet. */
  incarnation: z.int(),
  /** How long ago it answered this node last, whole milliseconds; left out when it never did. */
  lastContactMs: z.int().optional(),
  /** Of that answer, milliseconds; three decimals at most. */
  roundTripMs: z.number().optional(),
  addresses: z.array(z.string()).readonly(),
});
export const memberListSchema = listOf(memberViewSchema);
export type MemberView = z.output<typeof memberViewSchema>;

const serviceViewSchema = z.object({
  /** `<namespace>/<name>` */
  service: z.string(),
  protocol: z.enum(SERVICE_PROTOCOLS),
  /** How programs call it by name, with the port; left out where they cannot. */
  name: z.string().optional(),
  /** The SPIFFE IDs that may serve it. */
  identities: z.array(z.string()).readonly(),
  /** `notReady`: those that drain included; `unreachable`: ready, and their node is dead or has left. */
  endpoints: z.object({
    ready: z.int(),
    notReady: z.int(),
    unreachable: z.int(),
    quarantined: z.int(),
  }),
});
export const serviceListSchema = listOf(serviceViewSchema);
export type ServiceView = z.output<typeof serviceViewSchema>;

const endpointViewSchema = z.object({
  /** That of its record: `<node>/endpoint/<key>`. */
  id: z.string(),
  service: z.string(),
  node: z.string(),
  spiffeId: z.string(),
  address: z.string(),
  port: z.int(),
  state: z.enum(['ready', 'not-ready', 'draining', 'unreachable', 'quarantined']),
  /** Why it is not ready, in words. */
  reason: z.string().optional(),
  labels,
  /** Its share of the service's traffic, beside the weights of the others. */
  weight: z.int(),
  /** Where its node runs, if that is said. */
  locality: z.string().optional(),
});
export const endpointListSchema = listOf(endpointViewSchema);
export type EndpointView = z.output<typeof endpointViewSchema>;

/** One of two things that were said under one sequence. */
const saidSchema = z.object({
  /** As JSON, cut to a length that a person reads; `withdrawn` when it took back what was said before. */
  value: z.string(),
  /** ISO 8601, by the writer's clock. */
  issuedAt: z.string().optional(),
});

/** Two records that a node signed and that cannot both be true: proof that it lies, or runs twice. */
const evidenceViewSchema = z.object({
  /** Of the record: `<node>/<kind>/<key>`. */
  id: z.string(),
  writer: z.string(),
  /** Under which it said both: the epoch of its key, the count of its starts, and a number. */
  sequence: z.object({ epoch: z.int(), boot: z.int(), n: z.int() }),
  /** What all members take for what it says. */
  holds: saidSchema,
  other: saidSchema,
  /** When this node had both, ISO 8601. */
  seenAt: z.string(),
});
export const evidenceListSchema = listOf(evidenceViewSchema);
export type EvidenceView = z.output<typeof evidenceViewSchema>;

const workloadViewSchema = z.object({
  spiffeId: z.string(),
  /** Told apart by it: there may be several of one identity. */
  instance: z.string(),
  /** Of its sidecar. */
  pid: z.int(),
  serves: z.string().optional(),
  /**
   * What its sidecar holds now, all workers together: `clients`, `servers`, `dialling`, `pooled`, `exchanges`, `flows`,
   * `heldBytes`. Without traffic only pooled connections, which are servers too. Left out when it did not answer.
   */
  held: z.record(z.string(), z.number()).optional(),
});
export const workloadListSchema = listOf(workloadViewSchema);
export type WorkloadView = z.output<typeof workloadViewSchema>;

/** What changed: ask for that view again. */
export const CHANGE_KINDS = [
  'nodes',
  'members',
  'services',
  'endpoints',
  'trust',
  'proposals',
  'workloads',
  'evidence',
] as const;
export const changeNoticeSchema = z.object({ kind: z.enum(CHANGE_KINDS) });
export type ChangeKind = (typeof CHANGE_KINDS)[number];
