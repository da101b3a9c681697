import { err, ok, type Result } from '../../core/index.ts';
import type { Malformation } from '../http/refusal.ts';
import { HEAD_BYTES } from '../limits.ts';

const CR = 0x0d;
const LF = 0x0a;

/**
 * Where the head that `bytes` begin with ends (after its empty line); 0: more bytes are needed. `searched`:
 * how many of them a search before had already, without finding an end.
 */
export function headEnd(bytes: Buffer, searched = 0): Result<number, Malformation> {
  const at = bytes.indexOf('\r\n\r\n', Math.max(0, searched - 3));
  if (at >= 0) return at + 4 <= HEAD_BYTES ? ok(at + 4) : err('head-too-large');
  // A bare LF would make us wait for an end that the sender believes it has sent.
  for (let lf = bytes.indexOf(LF, searched); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf - 1] !== CR) return err('bare-line-feed');
  }
  return bytes.length < HEAD_BYTES ? ok(0) : err('head-too-large');
}
