import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { realClock } from '../../platform/index.ts';
import { PayloadMeter, payload } from '../payload.ts';
import { pause } from '../waiting.ts';
import { header, sendJson, serveHttp, target } from './http-service.ts';
import type { ServiceOptions, StartService } from './service.ts';

const PRODUCTS = ['bobbin', 'heddle', 'shuttle', 'warping board'];
/** No body larger than this is made up. */
const MAX_BODY_BYTES = 512 * 1_048_576;
const MAX_HOLD_MS = 10_000;
const NEWS_EVERY_MS = 50;
/** Then the day is over. */
const MAX_NEWS = 1_200;

/** What the shop sells; also takes and gives bodies of any size, and can be slow on request. */
export const startCatalog: StartService = (options) =>
  serveHttp(options, async (request, response) => {
    const url = target(request);
    const route = `${request.method} /${url.pathname.split('/')[1]}`;
    if (route === 'GET /products') return products(request, response, options);
    if (route === 'GET /news') return news(response);
    if (route === 'POST /orders') return order(request, response, url);
    if (route === 'POST /bodies') return receiveBody(request, response, url);
    if (route === 'GET /bodies') return sendBody(response, url);
    sendJson(response, 404, { error: `there is no ${route} here` });
  });

async function products(
  request: IncomingMessage,
  response: ServerResponse,
  { version }: ServiceOptions,
): Promise<void> {
  sendJson(response, 200, {
    version,
    calledBy: header(request, 'x-selvage-peer'),
    note: header(request, 'x-note'),
    products: PRODUCTS,
  });
}

/** News of the shop, a line at a time, until nobody listens any more. */
async function news(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain' });
  for (let line = 1; line <= MAX_NEWS && !response.destroyed; line += 1) {
    response.write(`${line}: all is well\n`);
    await pause(realClock, NEWS_EVERY_MS);
  }
  response.end();
}

/** Takes an order and, with `?holdMs=`, lets its caller wait for the receipt. */
async function order(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  await hold(url);
  sendJson(response, 201, { ordered: header(request, 'x-request-id') });
}

/** Waits as long as the caller asked for with `?holdMs=`. */
async function hold(url: URL): Promise<void> {
  const holdMs = Math.min(Number(url.searchParams.get('holdMs')), MAX_HOLD_MS);
  if (holdMs > 0) await pause(realClock, holdMs);
}

/** Takes a body; with `?holdMs=` it is left lying before it is read. */
async function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  await hold(url);
  const meter = new PayloadMeter();
  for await (const chunk of request) meter.take(chunk);
  const framing = header(request, 'transfer-encoding') ?? 'length';
  sendJson(response, 200, { ...meter.total(), framing });
}

async function sendBody(response: ServerResponse, url: URL): Promise<void> {
  const size = Number(url.pathname.split('/')[2]);
  if (!Number.isInteger(size) || size < 0 || size > MAX_BODY_BYTES) {
    return sendJson(response, 400, { error: `write a size of at most ${MAX_BODY_BYTES} bytes` });
  }
  const framing =
    url.searchParams.get('framing') === 'length'
      ? { 'content-length': size }
      : { 'transfer-encoding': 'chunked' };
  response.writeHead(200, { 'content-type': 'application/octet-stream', ...framing });
  for (const block of payload(size)) {
    if (!response.write(block)) await once(response, 'drain');
  }
  response.end();
}
