export {
  type AcceptUnix,
  type ChannelListener,
  claimSocketPath,
  connectUnix,
  listenUnix,
} from './channels.ts';
export { listenError, PlatformError, platformErrors } from './errors.ts';
export { realClock, realRandom } from './real-time.ts';
export { connectTls, listenTls, type TlsServerOptions } from './tls-channels.ts';
