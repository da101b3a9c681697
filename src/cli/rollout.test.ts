import { expect, test } from 'bun:test';
import type { ChangeKind, RolloutView } from '../admin/index.ts';
import { sampleRollout } from '../admin/testing/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { runCommandLine } from './testing/index.ts';

const data = ['--data', '/srv/n1'];
const arrived: RolloutView = { ...sampleRollout, complete: true, have: 2 };

test('a rollout says who lags and why, who is not waited for, and by whose clocks it was measured', async () => {
  const { code, out } = await runCommandLine(['rollout', ...data]);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    'version 3 (digest abababababab), published 2030-01-01T00:00:00.000Z by n1',
    'enforced by 1 of 2 nodes that live',
    '  not by n2 (alive): the sidecar of spiffe://shop.example/ns/default/sa/web (pid 42): too new',
    'not waited for: n3 (dead)',
    'taken up after 12 ms (median), 12 ms (p99), 12 ms (the last): from the clock of n1 to each node’s own',
    '',
  ]);
});

test('a program is told of all nodes', async () => {
  const { out } = await runCommandLine(['rollout', '-o', 'json', ...data]);
  expect(JSON.parse(out)).toEqual(sampleRollout);
});

test('the version that a person names is the one that is asked for', async () => {
  const asked: unknown[] = [];
  const rollout = async (request: { version?: string | undefined }) => {
    asked.push(request.version);
    return sampleRollout;
  };
  await runCommandLine(['rollout', 'payments/3', ...data], { service: { rollout } });
  expect(asked).toEqual(['payments/3']);
});

/** Changes as somebody sends them. */
function feed() {
  let wake = Promise.withResolvers<ChangeKind | undefined>();
  return {
    say(kind: ChangeKind) {
      wake.resolve(kind);
    },
    async *changes(signal: AbortSignal): AsyncGenerator<ChangeKind> {
      signal.addEventListener('abort', () => wake.resolve(undefined));
      yield 'nodes';
      for (;;) {
        const kind = await wake.promise;
        wake = Promise.withResolvers();
        if (kind === undefined) return;
        yield kind;
      }
    },
  };
}

test('--wait ends with the change that completes it', async () => {
  const { say, changes } = feed();
  let view = sampleRollout;
  const looked = Promise.withResolvers<void>();
  const rollout = async () => {
    looked.resolve();
    return view;
  };
  const ended = runCommandLine(['rollout', '--wait', ...data], { service: { rollout, changes } });
  await looked.promise;
  view = arrived;
  say('members');
  const { code, out } = await ended;
  expect([code, out]).toEqual([0, expect.stringContaining('it has arrived')]);
});

test('--wait fails when its time is over, and names those that lag', async () => {
  const clock = new FakeClock();
  const { changes } = feed();
  const looked = Promise.withResolvers<void>();
  const rollout = async () => {
    looked.resolve();
    return sampleRollout;
  };
  const args = ['rollout', '--wait', '--timeout', '30s', ...data];
  const ended = runCommandLine(args, { service: { rollout, changes }, clock });
  await looked.promise;
  clock.advance(30_000);
  const { code, errors } = await ended;
  expect(code).toBe(4);
  expect(errors).toContain('version 3 is not enforced by 1 of 2 nodes after 30s: n2 (alive): the');
});

test('--wait that is interrupted, or whose node ends, says so and nothing of time', async () => {
  const stop = new AbortController();
  const { changes } = feed();
  const looked = Promise.withResolvers<void>();
  const rollout = async () => {
    looked.resolve();
    return sampleRollout;
  };
  const args = ['rollout', '--wait', ...data];
  const ended = runCommandLine(args, { service: { rollout, changes }, stop: stop.signal });
  await looked.promise;
  stop.abort();
  const interrupted = await ended;
  expect(interrupted.code).toBe(4);
  expect(interrupted.errors).toContain('of 2 nodes at the end of the wait, which was interrupted');
  async function* one(): AsyncGenerator<ChangeKind> {
    yield 'nodes';
  }
  const alone = await runCommandLine(args, { service: { rollout, changes: one } });
  expect([alone.code, alone.errors]).toEqual([4, expect.stringContaining('the node ended')]);
});

test('what a node says of itself cannot pretend that a change has arrived', async () => {
  const lie = '\r\u001b[2Kenforced by 2 of 2 nodes that live: it has arrived';
  const nodes = sampleRollout.nodes.map((node) => (node.has ? node : { ...node, reason: lie }));
  const rollout = async () => ({ ...sampleRollout, nodes });
  const { out } = await runCommandLine(['rollout', ...data], { service: { rollout } });
  expect(out).not.toContain('\r');
  expect(out).not.toContain('\u001b');
  expect(out).toContain('\\u{d}\\u{1b}[2Kenforced by 2');
});

test('--watch draws it again when it is another one', async () => {
  const { say, changes } = feed();
  const stop = new AbortController();
  let looks = 0;
  const second = Promise.withResolvers<void>();
  const rollout = async () => {
    looks += 1;
    if (looks === 2) second.resolve();
    return looks === 1 ? sampleRollout : arrived;
  };
  const watched = runCommandLine(['rollout', '-w', ...data], {
    service: { rollout, changes },
    stop: stop.signal,
  });
  say('nodes');
  await second.promise;
  stop.abort();
  const { code, out } = await watched;
  expect([code, out.match(/^version 3/gm)?.length]).toEqual([0, 2]);
});
