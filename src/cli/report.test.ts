import { expect, test } from 'bun:test';
import type { Terminal } from '../platform/index.ts';
import { CliError } from './errors.ts';
import { reportError } from './report.ts';

function reported(error: unknown, verbose = false, colours = false) {
  let text = '';
  const terminal: Terminal = {
    interactive: false,
    columns: undefined,
    attended: false,
    colours: { out: false, error: colours },
    write: () => undefined,
    writeError: (more) => {
      text += more;
    },
    readAll: async () => undefined,
    ask: async () => undefined,
    askSecret: async () => undefined,
  };
  return { code: reportError(error, terminal, verbose), text };
}

test('an error is its code, what happened, and what to do', () => {
  const error = new CliError('NOT_CONFIRMED', 'version 3 was not published', {
    remedy: 'Say yes.',
  });
  expect(reported(error)).toEqual({
    code: 3,
    text: 'error[NOT_CONFIRMED]: version 3 was not published\n  try: Say yes.\n',
  });
});

test('mistakes come first, one a line, in the form that editors jump to', () => {
  const problems = [
    { file: 'a.yaml', line: 3, column: 5, message: 'write http or tcp' },
    { file: '--listen', message: "'x': write an address" },
  ];
  const { text } = reported(new CliError('INPUT_INVALID', '2 mistakes', { problems }));
  expect(text.split('\n').slice(0, 3)).toEqual([
    'a.yaml:3:5: write http or tcp',
    "--listen: 'x': write an address",
    'error[INPUT_INVALID]: 2 mistakes',
  ]);
});

test('the causes are printed on request only, down to the first', () => {
  const cause = new Error('the socket broke', { cause: new Error('ECONNRESET') });
  const error = new CliError('NODE_NOT_FOUND', 'no answer', { cause });
  expect(reported(error).text).not.toContain('ECONNRESET');
  expect(reported(error, true).text).toEndWith(
    '  cause: Error: the socket broke\n  cause: Error: ECONNRESET\n',
  );
});

test('what is none of our errors is a fault of ours, with its stack and exit code 1', () => {
  const { code, text } = reported(new TypeError('x is undefined'));
  expect(code).toBe(1);
  expect(text).toContain('error[INTERNAL]');
  expect(text).toContain('report.test.ts');
});

test('colours are used where the terminal wants them, and nowhere else', () => {
  const error = new CliError('NOT_CONFIRMED', 'no');
  expect(reported(error, false, true).text).toContain('\u001b[');
  expect(reported(error).text).not.toContain('\u001b[');
});
