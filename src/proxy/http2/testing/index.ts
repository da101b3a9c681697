export { type Conversation, startConversation } from './conversation.ts';
export * from './frames.ts';
export { type RawHandlers, type RawListener, startRawListener } from './raw-listener.ts';
export { RawPeer } from './raw-peer.ts';
export { type Serving, startServing } from './serving.ts';
