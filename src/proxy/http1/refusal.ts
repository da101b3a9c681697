/** Why a message cannot be read in one way only. Closed: clients see it, in `x-selvage-reason`. */
export type Malformation =
  | 'bad-request-line'
  | 'bad-status-line'
  | 'bad-version'
  | 'bad-target'
  | 'target-too-long'
  | 'fragment-in-target'
  | 'bad-path'
  | 'dot-segment'
  | 'empty-segment'
  | 'encoded-separator'
  | 'encoded-control'
  | 'bad-encoding'
  | 'bare-line-feed'
  | 'bad-field'
  | 'head-too-large'
  | 'too-many-fields'
  | 'bad-host'
  | 'missing-host'
  | 'duplicate-host'
  | 'bad-content-length'
  | 'duplicate-content-length'
  | 'bad-transfer-encoding'
  | 'length-and-encoding'
  | 'bad-connection'
  | 'bad-expectation'
  | 'bad-chunk'
  | 'bad-trailer';

/** The status that answers each; 400 for all that are not listed (RFC 9110 section 15.5). */
const STATUS: Partial<Record<Malformation, number>> = {
  'bad-version': 505,
  'target-too-long': 414,
  'head-too-large': 431,
  'too-many-fields': 431,
  'bad-expectation': 417,
};

export const statusOf = (malformation: Malformation): number => STATUS[malformation] ?? 400;
