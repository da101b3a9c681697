export {
  issuerOf,
  type MadeUpAuthority,
  makeUpAuthority,
} from './made-up-authority.ts';
export type { KeyedCertificate } from './made-up-certificate.ts';
export {
  type MadeUpCertificate,
  makeUpCa,
  makeUpHost,
  rsaOf,
  signRequest,
} from './made-up-enterprise.ts';
export { type MadeUpLeaf, makeUpLeaf, PURPOSES, rawExtension, USAGE } from './made-up-leaf.ts';
export { malleated } from './malleated.ts';
export {
  bundleOf,
  entriesOf,
  HOUR_MS,
  idOf,
  NOW,
  newAuthority,
  random,
  trustDomain,
  WEB,
} from './mesh-certificates.ts';
export { steadyAuthority } from './steady-authority.ts';
