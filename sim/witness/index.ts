export {
  type Condition,
  type Ending,
  type Enforced,
  type EnforcedList,
  type HeldHead,
  type NodeIndex,
  nodeIndexOf,
  nodeNameOf,
  type Verdict,
  type Witness,
} from './witness.ts';
