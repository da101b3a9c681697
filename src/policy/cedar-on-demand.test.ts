import { beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { cedarWasm } from '../platform/cedar-wasm.ts';
import type { CedarModule } from './cedar.ts';
import { cedarOnDemand, loadCedar } from './cedar-on-demand.ts';
import { questionOf } from './question.ts';
import { rememberingCedar } from './remembering-cedar.ts';
import { policySchema } from './schema.ts';
import { get, trustDomain } from './testing/requests.ts';

// Each start compiles 4 MB of WebAssembly.
setDefaultTimeout(60_000);

const official = cedarWasm();
const done: string[] = [];
const module: CedarModule = {
  functions: official.functions,
  start() {
    done.push('start');
    official.start();
  },
  end() {
    done.push('end');
    official.end();
  },
};

beforeEach(() => {
  loadCedar(official).release(); // other tests' engine runs in the same module
  done.length = 0;
});

const POLICY = 'permit(principal, action, resource);';
const question = () => {
  const asked = questionOf(get(), trustDomain);
  if (!asked.ok) throw new Error(asked.error);
  return asked.value;
};

test('the engine starts when it is first asked, and again after each release', () => {
  const cedar = cedarOnDemand(module);
  expect(done).toEqual([]);
  const policies = { p: POLICY };
  for (const _ of [1, 2, 3]) {
    expect(cedar.parse(POLICY)).toMatchObject({ ok: true, value: { effect: 'permit' } });
    // Sets that were parsed in the engine before are parsed again.
    expect(cedar.authorize(policies, question(), policySchema()).policies).toEqual(['p']);
    expect(cedar.release()).toBe(true);
    expect(cedar.release()).toBe(false);
  }
  expect(done).toEqual(['start', 'end', 'start', 'end', 'start', 'end']);
});

test('an engine reads and writes its own memory, never that of the one before', () => {
  const cedar = cedarOnDemand(module);
  const texts = [1, 2_000, 20, 9_000].map(
    (length) =>
      `permit(principal, action, resource) when { context.path == "${'é'.repeat(length)}" };`,
  );
  for (const text of texts) {
    const parsed = cedar.parse(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    expect(cedar.textOf(parsed.value.json).replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
    cedar.release();
  }
});

test('an engine that failed is not asked again: the next question starts another one', () => {
  const trapping: CedarModule['functions'] = {
    ...module.functions,
    formatPolicies() {
      throw new WebAssembly.RuntimeError('unreachable');
    },
  };
  const cedar = cedarOnDemand({ ...module, functions: trapping });
  expect(() => cedar.authorize({ p: 'permit(principal' }, question(), policySchema())).toThrow();
  expect(done).toEqual(['start']); // it has only refused the question
  expect(() => cedar.format(POLICY)).toThrow('unreachable');
  expect(cedar.parse(POLICY).ok).toBe(true);
  expect(done).toEqual(['start', 'end', 'start']);
  cedar.release();
});

test('what was asked before is answered without the engine', () => {
  const cedar = rememberingCedar(cedarOnDemand(module));
  const answers = () => [
    cedar.parse(POLICY),
    cedar.validate({ p: POLICY }, policySchema()),
    cedar.schemaFacts(),
  ];
  const first = answers();
  cedar.release();
  expect(answers()).toEqual(first);
  expect(done).toEqual(['start', 'end']);
});

test('a module that does not start is said with what to do', () => {
  const damaged: CedarModule = {
    ...module,
    start: () => void new WebAssembly.Module(new Uint8Array([0, 97, 115])),
  };
  expect(() => cedarOnDemand(damaged).schemaFacts()).toThrow('Cedar did not start');
});
