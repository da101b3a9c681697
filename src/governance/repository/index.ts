export { isDue, LIVES_MS } from './lives.ts';
export {
  encodeMetadata,
  expiryMs,
  isNamedBy,
  isSignedFor,
  metaFileOf,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  SPEC_VERSION,
  tufDate,
} from './metadata.ts';
export { refusal, refuse, type TrustRefusal, type TrustRefusalReason } from './refusal.ts';
export {
  checkContents,
  contentsByPath,
  openRepository,
  openRoots,
  type Repository,
  sizeOf,
} from './repository.ts';
export { governorsOf, hasDistinctKeys, makeRoot, onlineKeysOf } from './root.ts';
export {
  createGovernorKey,
  governorFromPem,
  sign,
  signerOf,
  type TrustSigner,
  tufKey,
} from './signer.ts';
export { readTargetList } from './target-list.ts';
export { type ListedTarget, listedContents, listedTargets, makeTargets } from './targets.ts';
export {
  byHash,
  offerOf,
  type SignedChange,
  type TrustFiles,
  type TrustOffer,
} from './trust-files.ts';
export {
  decodeAs,
  decodeChange,
  decodeFiles,
  decodeOffer,
  encodeChange,
  encodeFiles,
  encodeOffer,
} from './wire.ts';
