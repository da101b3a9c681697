import { expect, test } from 'bun:test';
import type { Timer } from '../../ports/index.ts';
import { FakeClock } from '../../ports/testing/index.ts';
import { DECISION_PROGRAM_VERSION, type DecisionProgram } from '../decision-program.ts';
import { linkAtOnce } from '../testing/link-at-once.ts';
import { EntityRef } from '../value/index.ts';
import { link } from './link-program.ts';

const any = { kind: 'any' } as const;
const permit = { effect: 'permit', principal: any, action: any, resource: any } as const;
const program = (over: Partial<DecisionProgram> = {}): DecisionProgram => ({
  version: DECISION_PROGRAM_VERSION,
  context: [],
  headers: [],
  actions: [],
  policies: Array.from({ length: 10 }, (_, n) => ({ ...permit, id: `p${n}` })),
  ...over,
});

/** Each look at it is half a millisecond later, and every wait is over at once. */
class BusyClock extends FakeClock {
  pauses = 0;
  #elapsedMs = 0;

  override monotonic(): number {
    this.#elapsedMs += 0.5;
    return this.#elapsedMs;
  }

  override after(_delayMs: number, run: () => void): Timer {
    this.pauses += 1;
    queueMicrotask(run);
    return { cancel: () => {} };
  }
}

test('linking pauses at the end of each slice and goes on where it was', async () => {
  const clock = new BusyClock();
  const linked = await link(program(), { clock, sliceMs: 1 });
  expect(clock.pauses).toBe(5);
  if (!linked.ok) throw new Error(linked.error);
  expect(linked.value.decide(linked.value.newInput()).policies).toHaveLength(10);
});

test('a program of another version is refused, and says both versions', () => {
  for (const version of [0, 2]) {
    const { ok, error } = { error: '', ...linkAtOnce(program({ version })) };
    expect(ok).toBe(false);
    expect(error).toContain(
      `version ${version} of the program form, and this sidecar reads version 1`,
    );
  }
});

test('what a program says in words of another version is refused with the policy’s id', () => {
  const literal = { op: 'literal', value: true };
  const unknown: object[] = [
    { condition: { op: 'unary', operator: 'sqrt', of: literal } },
    { condition: { op: 'binary', operator: '%', left: literal, right: literal } },
    { condition: { op: 'unary', operator: 'constructor', of: literal } },
    { condition: { op: 'loop' } },
    { principal: { kind: 'near' } },
  ];
  for (const part of unknown) {
    const policies = [{ ...permit, id: 'strange', ...part }] as DecisionProgram['policies']; // as another version would
    const linked = linkAtOnce(program({ policies }));
    expect(linked).toEqual({
      ok: false,
      error: expect.stringMatching(/^the policy 'strange': .* not known/),
    });
  }
});

test('only attributes of the context that some policy reads are filled in', () => {
  const context = ['a', 'b', 'c'];
  const attribute = (name: string) =>
    ({ op: 'attribute', of: { op: 'variable', name: 'context' }, name }) as const;
  const readsOf = (condition: NonNullable<DecisionProgram['policies'][number]['condition']>) => {
    const linked = linkAtOnce(program({ context, policies: [{ ...permit, id: 'p', condition }] }));
    return linked.ok ? [...linked.value.reads] : linked.error;
  };
  expect(readsOf(attribute('b'))).toEqual(['b']);
  expect(
    readsOf({ op: 'has', of: { op: 'variable', name: 'context' }, names: ['c', 'x'] }),
  ).toEqual(['c']);
  expect(
    readsOf({ op: 'unary', operator: 'isEmpty', of: { op: 'variable', name: 'context' } }),
  ).toEqual(context);
});

test('an action stands below its groups, whatever entities a request brings', () => {
  const all = { type: 'Action', id: 'all' };
  const policies = [{ ...permit, id: 'p', action: { kind: 'in', entities: [all] } as const }];
  const actions = [{ type: 'Action', id: 'read', ancestors: [all] }];
  const linked = linkAtOnce(program({ actions, policies }));
  if (!linked.ok) throw new Error(linked.error);
  const allowedTo = (id: string): boolean => {
    const input = linked.value.newInput();
    input.action = new EntityRef('Action', id);
    return linked.value.decide(input).allowed;
  };
  expect(['read', 'all', 'write'].map(allowedTo)).toEqual([true, true, false]);
});
