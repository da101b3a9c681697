export {
  type Condition,
  type Ending,
  type HeldHead,
  type NodeIndex,
  nodeIndexOf,
  nodeNameOf,
  type Verdict,
  type Witness,
} from './witness.ts';
