import { type ClientHttp2Session, connect } from 'node:http2';
import { ANSWER, MORE_HEADERS } from './grpc-message.ts';

/** Looks at one answer before anything is measured: what a proxy leaves out costs it nothing. */
export async function checkHttp(port: number, path: string, bytes: number): Promise<void> {
  const url = `http://127.0.0.1:${port}${path}`;
  const answer = await fetch(url, { headers: { host: 'catalog' } });
  const body = await answer.arrayBuffer();
  if (answer.status !== 200 || body.byteLength !== bytes) {
    throw new Error(`the answer has status ${answer.status} and ${body.byteLength} bytes`);
  }
}

/** The same for a unary call: head, message and trailers. */
export async function checkCall(port: number, path: string, request: Uint8Array): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const seen = await callOnce(session, path, request);
    const { status, field, bytes, code } = seen;
    if (status !== 200 || field === undefined || bytes !== ANSWER.length || code !== '0') {
      throw new Error(`the call's answer is ${JSON.stringify(seen)}`);
    }
  } finally {
    session.destroy();
  }
}

interface CallAnswer {
  status?: unknown;
  /** The last of those that each side sends besides. */
  field?: unknown;
  /** Of gRPC, in the trailers. */
  code?: unknown;
  bytes: number;
}

function callOnce(
  session: ClientHttp2Session,
  path: string,
  request: Uint8Array,
): Promise<CallAnswer> {
  return new Promise((resolve, reject) => {
    const seen: CallAnswer = { bytes: 0 };
    const pseudo = { ':method': 'POST', ':path': path, ':authority': 'catalog' };
    const fields = { 'content-type': 'application/grpc', te: 'trailers', ...MORE_HEADERS };
    const call = session.request({ ...pseudo, ...fields });
    session.on('error', reject);
    call.on('error', reject);
    call.on('response', (head) => {
      seen.status = head[':status'];
      seen.field = head['x-application-7'];
    });
    call.on('data', (part: Buffer) => {
      seen.bytes += part.length;
    });
    call.on('trailers', (trailers) => {
      seen.code = trailers['grpc-status'];
    });
    call.on('end', () => resolve(seen));
    call.end(request);
  });
}
