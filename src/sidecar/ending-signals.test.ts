import { beforeEach, expect, test } from 'bun:test';
import { EndingSignals } from './ending-signals.ts';

let did: string[];
beforeEach(() => {
  did = [];
});

const application = { kill: (signal: string) => void did.push(signal) };
const waiting = (interactive: boolean) =>
  new EndingSignals({ interactive, endAtOnce: () => void did.push('at once') });

function signals(interactive: boolean): EndingSignals {
  const ending = waiting(interactive);
  ending.applicationStarted(application);
  return ending;
}

test('one that comes before the application runs is passed on when it does', () => {
  const ending = waiting(true);
  ending.take('SIGINT');
  expect(did).toEqual([]);
  ending.applicationStarted(application);
  expect(did).toEqual(['SIGINT']);
});

test('while the application runs, signals are the application’s', () => {
  const ending = signals(false);
  ending.take('SIGINT');
  ending.take('SIGTERM');
  expect(did).toEqual(['SIGINT', 'SIGTERM']);
});

test('Ctrl-C at a terminal reached the application already', () => {
  const ending = signals(true);
  ending.take('SIGINT');
  ending.take('SIGTERM');
  expect(did).toEqual(['SIGTERM']);
});

test('one that comes once the application has ended does not wait for what is open', () => {
  const ending = signals(true);
  ending.take('SIGINT');
  ending.applicationEnded(0);
  ending.take('SIGINT');
  expect(did).toEqual(['at once']);
});

test('the Ctrl-C that ended the application is no second one, however late it is heard', () => {
  const ending = signals(true);
  ending.applicationEnded(130);
  ending.take('SIGINT');
  expect(did).toEqual([]);
  ending.take('SIGINT');
  expect(did).toEqual(['at once']);
});
