import { expect, test } from 'bun:test';
import { cedarWasm } from '../platform/index.ts';
import { loadCedar } from '../policy/index.ts';
import { recordingLog } from '../ports/testing/index.ts';
import { sampleTrust } from '../registry/testing/sample-trust.ts';
import { PolicyReading } from './policy-reading.ts';

const future = { ...sampleTrust, policies: [{ name: 'next', text: 'permit(from the future);' }] };

test('policies of another version do not end the node, explain nothing, and are said', () => {
  const log = recordingLog();
  const reading = new PolicyReading(loadCedar(cedarWasm()), log);
  reading.follow(sampleTrust);
  expect(reading.problem).toBeUndefined();
  expect(reading.engine().policies.size).toBe(1);
  const { program } = reading;
  expect(program?.program.policies).toHaveLength(1);
  reading.follow(future);
  expect(reading.program).toBe(program); // sidecars go on with it
  expect(reading.problem).toContain('next.cedar');
  expect(log.lines).toMatchObject([
    { level: 'error', message: 'policies in force cannot be read' },
  ]);
  expect(() => reading.engine()).toThrow('next.cedar');
  reading.follow(sampleTrust);
  expect([reading.problem, reading.engine().policies.size]).toEqual([undefined, 1]);
});

test('a change of anything but policies compiles nothing again', () => {
  const reading = new PolicyReading(loadCedar(cedarWasm()), recordingLog());
  reading.follow(sampleTrust);
  const { program } = reading;
  reading.follow({ ...sampleTrust, version: 9, services: [] });
  expect(reading.program).toBe(program);
  reading.follow({ ...sampleTrust, policies: [] });
  expect(reading.program?.digest).not.toBe(program?.digest);
});
