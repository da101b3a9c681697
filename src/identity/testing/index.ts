export { type AttestorWorld, nodeAttestorContract } from './node-attestor-contract.ts';
export { TestIssuer, TOKEN_LIFE_MS } from './test-issuer.ts';
export { ATTACKS_BY_ANY_TOKEN, type TokenAttack } from './token-attacks.ts';
export { TokenAuthority } from './token-authority.ts';
