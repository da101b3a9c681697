export { type Forger, inventAuthority, stealAuthority, type TlsIdentity } from './forgery.ts';
export { type Impostor, startImpostor } from './impostor.ts';
export { type Intrusion, type IntrusionOutcome, intrude } from './intruder.ts';
export { type Knock, knock } from './knock.ts';
export { openTrap } from './trap.ts';
