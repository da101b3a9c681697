export { Acceptance } from './acceptance.ts';
export { Handshakes } from './handshakes.ts';
export { KeptSession } from './kept-session.ts';
export { expiryMarginMs, OpenTunnels } from './open-tunnels.ts';
export {
  checkPeer,
  type HandshakeFailure,
  type HandshakeRefusal,
  judgePeer,
  type PeerLoss,
  runtimeRefusal,
  type TlsPeer,
  tunnelServerName,
} from './peer-check.ts';
