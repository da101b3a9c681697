import { expect, test } from 'bun:test';
import { sampleHistory } from '../admin/testing/index.ts';
import { runCommandLine } from './testing/index.ts';

const data = ['--data', '/srv/n1'];

test('the history says who signed what, when, why, what it changed, and what this node never had', async () => {
  const { code, out } = await runCommandLine(['history', ...data]);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    'payments/3 (signed by carl, dora), published 2030-01-03T10:00:00.000Z by n1',
    '  because: let refunds through',
    '  ~ policy payments/pay',
    'root 2 (signed by ada, ben), 7 (signed by ada), published 2030-01-02T10:00:00.000Z by n2',
    '  + governor ben (key 0011)',
    '  5 to 6: never in force at this node, which was away or began later',
    '4 (signed by ada), in force here 2030-01-01T10:00:00.000Z',
    '',
  ]);
  const json = await runCommandLine(['history', '-o', 'json', ...data]);
  expect(JSON.parse(json.out)).toEqual({ items: sampleHistory });
});

test('two versions are compared, and one with what is in force', async () => {
  const asked: object[] = [];
  const service = {
    difference: async (request: { from: string; to?: string | undefined }) => {
      asked.push(request);
      return { from: request.from, to: request.to ?? '9', lines: ['~ policy hello', '+ policy b'] };
    },
  };
  const { out } = await runCommandLine(['diff', '5', '7', ...data], { service });
  expect(out).toBe('~ policy hello\n+ policy b\n');
  await runCommandLine(['diff', 'payments/2', ...data], { service });
  expect(asked).toEqual([{ from: '5', to: '7' }, { from: 'payments/2' }]);
});

test('versions that say the same leave standard output empty', async () => {
  const { code, out, errors } = await runCommandLine(['diff', '5', '7', ...data], {
    service: { difference: async () => ({ from: '5', to: '7', lines: [] }) },
  });
  expect([code, out, errors]).toEqual([0, '', '5 and 7 say the same\n']);
});
