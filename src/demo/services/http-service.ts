import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listenOn } from '../listening.ts';
import { SERVICE_HOST, type ServiceOptions } from './service.ts';

export type HttpAnswer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Serves HTTP on loopback, as any program would. A handler that throws is answered with 500. */
export function serveHttp(options: ServiceOptions, answer: HttpAnswer): Promise<Listening> {
  const server = createServer((request, response) => {
    noteRead(options.reads, request);
    if (options.version !== undefined) response.setHeader('x-version', options.version);
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: String(error) });
    });
  });
  return listenOn(server, SERVICE_HOST, options.port);
}

/** Written before anything is answered: whoever is killed afterwards has left the note. */
function noteRead(path: string | undefined, request: IncomingMessage): void {
  const id = request.headers['x-request-id'];
  if (path !== undefined && typeof id === 'string') appendFileSync(path, `${id}\n`);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body, null, 2)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** One header's value, or undefined when it is missing or was sent more than once. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** The target's path and query, split. */
export const target = (request: IncomingMessage): URL =>
  new URL(request.url ?? '/', `http://${SERVICE_HOST}`);
