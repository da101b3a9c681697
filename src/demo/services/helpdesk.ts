import { serveWebSockets } from '../../platform/index.ts';
import { SERVICE_HOST, type StartService } from './service.ts';

export const GOODBYE = { word: 'goodbye', code: 4_000, reason: 'come again' } as const;

/** Somebody to talk to, over WebSockets: says everything again, and ends the talk at a goodbye. */
export const startHelpdesk: StartService = async ({ port }) => {
  const server = serveWebSockets(SERVICE_HOST, port, (message, client) => {
    if (message === GOODBYE.word) client.close(GOODBYE.code, GOODBYE.reason);
    else client.say(message);
  });
  return { port: server.port, close: server.stop };
};
