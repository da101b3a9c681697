export { askOverTcp, askOverUdp, query } from './ask.ts';
export { FakeResolver } from './fake-resolver.ts';
