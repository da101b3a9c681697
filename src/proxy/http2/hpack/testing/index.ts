export { fieldsOf, octets, type Pair, pairsOf, type ReadBlock, read, written } from './blocks.ts';
export { conversation } from './conversation.ts';
export { huffmanEncoded } from './huffman-encode.ts';
export { RandomBlocks } from './random-blocks.ts';
