import type { ServerResponse } from 'node:http';
import { type Answer, callHttp } from '../clients/index.ts';
import { sendJson, serveHttp, target } from './http-service.ts';
import type { ServiceOptions, StartService } from './service.ts';

const CALL_TIMEOUT_MS = 20_000;

/** The shop's face. It reaches the other services at local ports, as if they were on this host. */
export const startFrontend: StartService = (options) =>
  serveHttp(options, async (request, response) => {
    const url = target(request);
    if (url.pathname === '/') {
      return sendJson(response, 200, {
        try: ['/products', '/stock?item=bobbin', '/pay', '/admin'],
      });
    }
    if (url.pathname === '/products') {
      const note = url.searchParams.get('note');
      const headers = note === null ? {} : { 'x-note': note };
      return show(
        response,
        await call(options, 'catalog', 'GET', `/products${url.search}`, headers),
      );
    }
    if (url.pathname === '/stock') return showStock(response, options, url);
    if (url.pathname === '/pay') {
      return show(response, await call(options, 'payments', 'POST', '/charge'));
    }
    if (url.pathname === '/admin') {
      return show(response, await call(options, 'payments', 'GET', '/admin'));
    }
    sendJson(response, 404, { error: `there is no ${url.pathname} here` });
  });

/** Asks by gRPC, which is loaded when it is needed. */
async function showStock(
  response: ServerResponse,
  options: ServiceOptions,
  url: URL,
): Promise<void> {
  const { StockClient } = await import('../clients/stock-client.ts');
  const stock = new StockClient(portOf(options, 'stock'), CALL_TIMEOUT_MS);
  const outcome = await stock.ask('count', url.searchParams.get('item') ?? 'bobbin');
  stock.close();
  sendJson(response, outcome.code === 0 ? 200 : 502, outcome);
}

function call(
  options: ServiceOptions,
  service: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const port = portOf(options, service);
  return callHttp({ port, method, path, headers, timeoutMs: CALL_TIMEOUT_MS });
}

function portOf({ upstreams }: ServiceOptions, service: string): number {
  const port = upstreams?.[service];
  if (port === undefined)
    throw new Error(`frontend was started without --upstream ${service}=PORT`);
  return port;
}

/** Passes on what the other service said, and what this one saw of it. */
function show(response: ServerResponse, answer: Answer): void {
  const isJson = answer.headers['content-type'] === 'application/json';
  sendJson(response, answer.status, {
    answeredBy: answer.headers['x-selvage-peer'],
    reason: answer.headers['x-selvage-reason'],
    version: answer.headers['x-version'],
    answer: isJson ? JSON.parse(answer.text) : answer.text.trim(),
  });
}
