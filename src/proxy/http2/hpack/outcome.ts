/** Why a block cannot be read. The tables of both ends may differ from here on: the connection must end. */
export type HpackFault =
  /** The block ends within a field. */
  | 'truncated'
  /** Above 2^31 - 1, or of more than 5 octets after its prefix. */
  | 'integer'
  /** No field has this index. */
  | 'index'
  /** Bad padding, or EOS within a string. */
  | 'huffman'
  /** A table size after the first field, or above what was announced. */
  | 'table-size';

/**
 * How a block was read. `too-large`: there is more than one message may hold; the sink did not get all, so this
 * stream is to be refused, while the connection may go on.
 */
export type HpackOutcome = 'ok' | 'too-large' | HpackFault;
