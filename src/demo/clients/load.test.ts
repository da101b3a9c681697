import { expect, test } from 'bun:test';
import { createServer, type ServerResponse } from 'node:http';
import { listenOn } from '../listening.ts';
import { startLoad } from './load.ts';

/** Serves `answers` in turn, and keeps giving the last one. */
async function serving(answers: readonly ((response: ServerResponse) => void)[]) {
  const ids: string[] = [];
  const server = createServer((request, response) => {
    ids.push(String(request.headers['x-request-id']));
    answers[Math.min(ids.length, answers.length) - 1]?.(response);
  });
  return { listening: await listenOn(server, '127.0.0.1', 0), ids };
}

const good = (response: ServerResponse): void => {
  response.setHeader('x-version', 'v1');
  response.end('ok');
};

async function loadUntil(port: number, count: number) {
  const request = { method: 'GET', path: '/' };
  const load = startLoad({ port, concurrency: 4, name: 'probe', request });
  while (load.report().answered < count) await Bun.sleep(1);
  return load.stop();
}

test('a load counts its good answers by version, over as many connections as it may use', async () => {
  const { listening, ids } = await serving([good]);
  const report = await loadUntil(listening.port, 200);
  await listening.close();
  expect(report.failed).toBe(0);
  expect(report.byVersion).toEqual({ v1: report.answered });
  expect(ids).toHaveLength(report.answered);
  expect(new Set(ids).size).toBe(ids.length);
  expect(listening.accepted()).toBeLessThanOrEqual(4);
});

test('a refusal and a lost connection are failures with an id and a reason', async () => {
  const refuse = (response: ServerResponse): void => {
    response.writeHead(503, { 'x-selvage-reason': 'no-endpoints' }).end();
  };
  const hangUp = (response: ServerResponse): void => void response.socket?.destroy();
  const { listening } = await serving([good, refuse, hangUp, good]);
  const report = await loadUntil(listening.port, 50);
  await listening.close();
  expect(report.failed).toBe(2);
  const reasons = report.failures.map((failure) => failure.reason);
  expect(reasons).toContain('503 no-endpoints');
  expect(reasons.some((reason) => /reset|hang up|closed/i.test(reason))).toBe(true);
  for (const { id } of report.failures) expect(id).toMatch(/^probe-\d+$/);
});
