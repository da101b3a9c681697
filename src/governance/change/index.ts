export { type CheckedChange, checkChange } from './check-change.ts';
export { describeChange } from './describe-change.ts';
export { type DraftParams, draftChange } from './draft-change.ts';
export { type InitTrustParams, initTrust } from './init-trust.ts';
export { heldTrust, previewChange } from './preview-change.ts';
export {
  mayPublish,
  needsRefresh,
  type PublishParams,
  publishChange,
  publishChecked,
  refreshTimestamp,
  signAnew,
} from './publish-change.ts';
