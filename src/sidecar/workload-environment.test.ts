import { expect, test } from 'bun:test';
import { workloadEnvironment } from './workload-environment.ts';

test('an application is told of the Workload API beside the socket of its sidecar', () => {
  expect(workloadEnvironment('/var/lib/n1/workload.sock', {})).toEqual({
    SPIFFE_ENDPOINT_SOCKET: 'unix:///var/lib/n1/spiffe.sock',
  });
  const relative = workloadEnvironment('n1/workload.sock', {}).SPIFFE_ENDPOINT_SOCKET;
  expect(relative).toBe(`unix://${process.cwd()}/n1/spiffe.sock`);
});

test('a place that somebody chose for the application stays', () => {
  const chosen = { SPIFFE_ENDPOINT_SOCKET: 'tcp://127.0.0.1:8081' };
  expect(workloadEnvironment('/var/lib/n1/workload.sock', chosen)).toEqual({});
});
