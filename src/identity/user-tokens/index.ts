export { MAX_KEY_SET_BYTES, MAX_KEYS_OF_ISSUER, readKeySet } from './key-set.ts';
export { ACTOR_CLAIM, MAX_ACTORS, MESH_USER_TYPE, meshUserClaims } from './mesh-user.ts';
export type { RequestAuthentication } from './request-authentication.ts';
export type { EndUser, TokenRefusalReason, TokenVerdict } from './token-verdict.ts';
export { MAX_USER_TOKEN_BYTES, UserTokens, type UserTokensParts } from './user-tokens.ts';
