import { beforeEach, expect, test } from 'bun:test';
import { WEB } from '../registry/testing/sample-trust.ts';
import { attached, host, resetHost } from './testing/attached-sidecar.ts';
import { listWorkloads } from './workload-list.ts';

beforeEach(resetHost);

const held = (value: number) => [
  {
    name: 'selvage_held',
    help: 'what is held',
    type: 'gauge',
    values: [{ labels: { what: 'clients' }, value }],
  },
];

test('a workload is listed with what its sidecar holds now', async () => {
  const { session, say, heard } = attached();
  const listed = listWorkloads({ sessions: [session] }, host.clock, host.log);
  expect(heard()).toEqual([{ type: 'metrics-request' }]);
  say({ type: 'metrics', metrics: held(3) });
  expect(await listed).toEqual([
    {
      spiffeId: WEB,
      instance: 'instance-1',
      pid: 77,
      serves: 'shop/web',
      held: { clients: 3 },
    },
  ]);
});

test('one whose sidecar says nothing, or nothing of use, is listed without', async () => {
  const silent = listWorkloads({ sessions: [attached().session] }, host.clock, host.log);
  host.clock.advance(500);
  expect((await silent)[0]).not.toHaveProperty('held');
  expect(host.log.lines).toEqual(host.log.lines.filter(({ level }) => level !== 'warn'));

  const { session, say } = attached();
  const odd = listWorkloads({ sessions: [session] }, host.clock, host.log);
  say({ type: 'metrics', metrics: held(Number.POSITIVE_INFINITY) });
  expect((await odd)[0]).not.toHaveProperty('held');
  expect(host.log.lines.filter(({ level }) => level === 'warn')).toMatchObject([
    { message: 'what a sidecar holds is left out', fields: { spiffeId: WEB } },
  ]);
});
