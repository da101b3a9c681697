import { header, sendJson, serveHttp, target } from './http-service.ts';
import type { StartService } from './service.ts';

/** Takes money from those who may pay, and has a back room that nobody may enter. */
export const startPayments: StartService = (options) =>
  serveHttp(options, async (request, response) => {
    const calledBy = header(request, 'x-selvage-peer');
    const route = `${request.method} ${target(request).pathname}`;
    if (route === 'POST /charge') return sendJson(response, 201, { charged: true, calledBy });
    if (route === 'POST /refund') return sendJson(response, 200, { refunded: true, calledBy });
    if (route === 'GET /admin')
      return sendJson(response, 200, { secrets: 'the takings', calledBy });
    sendJson(response, 404, { error: `there is no ${route} here` });
  });
