export { Acceptance } from './acceptance.ts';
export { KeptSession } from './kept-session.ts';
export {
  checkPeer,
  type HandshakeFailure,
  type HandshakeRefusal,
  isTrusted,
  runtimeRefusal,
  type TlsPeer,
  tunnelServerName,
} from './peer-check.ts';
