import type { Log, LogFields } from '../log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps every line for a test to look at, and prints nothing. */
export function recordingLog(
  base: LogFields = {},
  lines: LogLine[] = [],
): Log & { readonly lines: readonly LogLine[] } {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields: { ...base, ...fields } });
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLog({ ...base, ...fields }, lines),
  };
}
