export type { Adopted } from './change-of.ts';
export { describeLists } from './described-list.ts';
export { History } from './history.ts';
export type { KeptChange, KeptPart } from './kept-change.ts';
export {
  decodeKeptList,
  encodeKeptList,
  type KeptList,
  listInForce,
  openKeptList,
} from './kept-list.ts';
export { rollbackTo } from './rollback.ts';
