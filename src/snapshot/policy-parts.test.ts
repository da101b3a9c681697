import { expect, test } from 'bun:test';
import type { DecisionProgram } from '../policy/index.ts';
import { PolicyAssembly, type PolicyProgram, policyMessages } from './index.ts';

const scope = { kind: 'any' } as const;
const programOf = (count: number): PolicyProgram => ({
  digest: `of ${count}`,
  program: {
    version: 1,
    context: ['path'],
    headers: ['x-tenant'],
    actions: [],
    policies: Array.from({ length: count }, (_, n) => ({
      id: `p${n}`,
      effect: 'permit' as const,
      principal: scope,
      action: scope,
      resource: scope,
    })),
  },
});

test('a program of any size arrives whole, and no part of it is large', () => {
  for (const count of [0, 1, 199, 200, 201, 1_000]) {
    const whole = programOf(count);
    const assembly = new PolicyAssembly();
    const results = policyMessages(whole).map((message) => {
      expect(message.program.policies.length).toBeLessThanOrEqual(200);
      return assembly.take(message);
    });
    expect(results.pop()).toEqual(whole);
    expect(results.every((result) => result === undefined)).toBe(true);
  }
});

test('a program that another one interrupts is forgotten', () => {
  const assembly = new PolicyAssembly();
  const [first, second] = policyMessages(programOf(300));
  const [other] = policyMessages(programOf(1));
  if (first === undefined || second === undefined || other === undefined) throw new Error('parts');
  expect(assembly.take(first)).toBeUndefined();
  expect(assembly.take(other)).toEqual(programOf(1));
  expect(assembly.take(second)).toBeUndefined();
  expect(assembly.take(first)).toBeUndefined();
  expect(assembly.take(second)).toEqual(programOf(300));
});

test('what is no program is handed on to be judged', () => {
  const program = { version: 99 } as DecisionProgram; // as another version may send it
  const message = { type: 'policies', digest: 'x', part: 0, parts: 1, program } as const;
  expect(new PolicyAssembly().take(message)).toEqual({ digest: 'x', program });
});
