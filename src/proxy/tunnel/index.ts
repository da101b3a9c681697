export { Acceptance } from './acceptance.ts';
export {
  checkPeer,
  type HandshakeFailure,
  type HandshakeRefusal,
  runtimeRefusal,
  type TlsPeer,
  tunnelServerName,
} from './peer-check.ts';
