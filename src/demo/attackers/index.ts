export { type Forger, inventAuthority, stealAuthority, type TlsIdentity } from './forgery.ts';
export { startImpostor } from './impostor.ts';
export { type Intrusion, type IntrusionOutcome, intrude } from './intruder.ts';
export { knock } from './knock.ts';
export { type Rogue, turnRogue } from './rogue.ts';
export {
  nothingToShow,
  type Stranger,
  type StrangerAtDoor,
  selfMadeCredential,
  startStranger,
} from './stranger.ts';
export { openTrap } from './trap.ts';
