export { type CheckedChange, checkChange } from './check-change.ts';
export { describeChange, detailChange } from './describe-change.ts';
export { type DraftParams, draftProposal } from './draft-proposal.ts';
export { heldSettings } from './held-settings.ts';
export { initTrust } from './init-trust.ts';
export { type MeshPin, meshPinOf, recogniseMesh } from './key-mesh.ts';
export { type Held, openHeld } from './open-held.ts';
export { readParts } from './parts.ts';
export { heldTrust, previewProposal } from './preview-change.ts';
export {
  mayPublish,
  needsRefresh,
  publishChange,
  publishChecked,
  refreshTimestamp,
} from './publish-change.ts';
export {
  assembleChange,
  missingSignatures,
  type PartSignatures,
  signProposal,
} from './sign-proposal.ts';
export { signPublication } from './sign-publication.ts';
export { contentsByPath } from './wanted-contents.ts';
export { isSameSigners } from './wanted-signers.ts';
