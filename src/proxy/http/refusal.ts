/**
 * Why a message cannot be read in one way only, and the status that answers a request for it (RFC 9110
 * section 15.5). Closed: clients see the names, in `x-selvage-reason`.
 */
export const malformations = {
  'bad-request-line': 400,
  'bad-status-line': 400,
  'bad-target': 400,
  'fragment-in-target': 400,
  'bad-path': 400,
  'dot-segment': 400,
  'empty-segment': 400,
  'encoded-separator': 400,
  'encoded-control': 400,
  'bad-encoding': 400,
  'bare-line-feed': 400,
  'bad-field': 400,
  'bad-host': 400,
  'missing-host': 400,
  'duplicate-host': 400,
  'bad-content-length': 400,
  'duplicate-content-length': 400,
  'bad-transfer-encoding': 400,
  'length-and-encoding': 400,
  'bad-connection': 400,
  'bad-chunk': 400,
  'duplicate-policy-header': 400,
  'bad-policy-header': 400,
  'target-too-long': 414,
  'bad-expectation': 417,
  'head-too-large': 431,
  'too-many-fields': 431,
  'policy-header-too-large': 431,
  'bad-version': 505,
} as const satisfies Readonly<Record<string, number>>;

export type Malformation = keyof typeof malformations;
