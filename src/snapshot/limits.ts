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
  /** Why a sidecar does not enforce what it was sent, in words. */
  problemLength: 1_024,
} as const;

/** What a sidecar takes from its node: a snapshot with 10,000 endpoints has about 3 MB. */
export const NODE_MESSAGE_BYTES = 16 << 20;
