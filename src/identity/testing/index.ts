export { TestIssuer, TOKEN_LIFE_MS } from './test-issuer.ts';
export { TokenAuthority } from './token-authority.ts';
