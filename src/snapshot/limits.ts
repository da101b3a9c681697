/** What a node takes from one sidecar, which is not trusted with the node's memory. */
export const SIDECAR_LIMITS = {
  /** One message, bytes: 10,000 metric series take about 3 MB. */
  messageBytes: 4 << 20,
  /** A hello, bytes: 256 upstreams by name take about 64 KB. All that may come from whoever was not welcomed yet. */
  helloBytes: 96 << 10,
  /** Services that one workload may call. */
  upstreams: 256,
  /** A P-256 certificate request is about 300 bytes; in base64. */
  csrLength: 8_192,
  /** A SHA-256 in hex. */
  digestLength: 64,
  /** Why a sidecar does not enforce what it was sent, in words. */
  problemLength: 1_024,
  /** Decisions in one message: a sidecar's process remembers no more in a second. */
  decisions: 64,
  /** Each text of one of them, characters: all texts of one that sidecars remember have no more together. */
  decisionText: 2_048,
  /** Calls that one of them stands for: more than a process carries in an hour. */
  decisionWeight: 1_000_000_000,
} as const;

/** What a node reads of one sidecar: so much at once, and so much more with each second. */
export const SIDECAR_PACE = {
  /** Messages: a sidecar says a few things a second, and each costs its node some 3 µs. */
  messages: 200,
  /** Messages, each second. */
  messagesPerSecond: 100,
  /** Bytes: one of the longest messages. */
  bytes: 4 << 20,
  /** Bytes: 10,000 metric series every few seconds. Each MiB costs some 10 ms. */
  bytesPerSecond: 1 << 20,
  /** Messages with decisions, each second: one of each of its processes; of more than eight workers some are lost. Each costs up to 1.4 ms. */
  decisions: 8,
} as const;

/** What a sidecar takes from its node: a snapshot with 10,000 endpoints has about 3 MB. */
export const NODE_MESSAGE_BYTES = 16 << 20;

/** What a sidecar keeps of what its node tells it, change by change: without these it could grow for ever. */
export const SNAPSHOT_LIMITS = {
  /** Services: those that its workload may call, and the one that it serves. */
  services: SIDECAR_LIMITS.upstreams + 1,
  /** Endpoints of all of them: as many as a whole snapshot has room for, of 160 bytes each. */
  endpoints: 100_000,
} as const;

/** Between two tellings of one sidecar, milliseconds: at most 10 a second, however fast things change. */
export const TELLING_PERIOD_MS = 100;

/** How often a sidecar may ask one connection for all anew; after that it is always told all, which needs no asking. */
export const WHOLES_ASKED_FOR = 8;

/** Changes that a sidecar lets go by before it asks for all anew once more: of a second, at their fastest. */
export const CHANGES_MISSED = 10;
