export { byKind, type ContentsByKind } from './by-kind.ts';
export { DEFAULT_SETTINGS, type ResourceContext } from './contents.ts';
export { decodeTarget, decodeTrustDomain } from './decode-target.ts';
export { type PlacedDocument, problemsOfIssues } from './document-problems.ts';
export { encodeTarget, SETTINGS_PATH, targetPath } from './encode-target.ts';
export {
  type PlacedResource,
  parsePlacedResources,
  parseResources,
  type SourceFile,
} from './parse-resources.ts';
export { API_VERSION, type Resource, type TargetContent } from './resource.ts';
export { type Place, placeAt, placeOfValue } from './yaml-places.ts';
