export { HOUR_MS, idOf, NOW, newAuthority, random, trustDomain, WEB } from './mesh-certificates.ts';
