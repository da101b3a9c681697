import { connect } from 'node:http2';
import { MORE_HEADERS } from './grpc-message.ts';

/** Looks at one answer before anything is measured: what a proxy leaves out costs it nothing. */
export async function checkHttp(port: number, path: string, bytes: number): Promise<void> {
  const url = `http://127.0.0.1:${port}${path}`;
  const answer = await fetch(url, { headers: { host: 'catalog' } });
  const body = await answer.arrayBuffer();
  if (answer.status !== 200 || body.byteLength !== bytes) {
    throw new Error(`the answer has status ${answer.status} and ${body.byteLength} bytes`);
  }
}

export async function checkCall(port: number, path: string, request: Uint8Array): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const seen = await new Promise<{
      status: unknown;
      field: unknown;
      bytes: number;
      code: unknown;
    }>((resolve, reject) => {
      const fields = { 'content-type': 'application/grpc', te: 'trailers', ...MORE_HEADERS };
      const call = session.request({
        ...{ ':method': 'POST', ':path': path, ':authority': 'catalog' },
        ...fields,
      });
      let [status, field, bytes, code]: [unknown, unknown, number, unknown] = [0, '', 0, ''];
      session.on('error', reject);
      call.on('error', reject);
      call.on('response', (head) => {
        status = head[':status'];
        field = head['x-application-7'];
      });
      call.on('data', (part: Buffer) => {
        bytes += part.length;
      });
      call.on('trailers', (trailers) => {
        code = trailers['grpc-status'];
      });
      call.on('end', () => resolve({ status, field, bytes, code }));
      call.end(request);
    });
    const { status, field, bytes, code } = seen;
    if (status !== 200 || code !== '0' || field === undefined || bytes !== 1_005) {
      throw new Error(`the call's answer is ${JSON.stringify(seen)}`);
    }
  } finally {
    session.destroy();
  }
}
