export { fieldsOf, octets, type Pair, pairsOf, type ReadBlock, read, written } from './blocks.ts';
export { conversation } from './conversation.ts';
