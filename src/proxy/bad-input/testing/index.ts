export type { ClientProtocol, Question } from './asking.ts';
export {
  answer,
  type Http2Script,
  OK,
  startHttp2Application,
} from './http2-application.ts';
export { type Expected, linesOf, Pairing } from './pairing.ts';
