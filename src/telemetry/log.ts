import pino from 'pino';
import type { Log, LogFields } from '../ports/index.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes whole lines, each with its line feed. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * JSON lines: `{"level":"info","time":"2026-…Z","name":"node",…fields,"message":"…"}`. A field `error` that holds
 * an Error becomes its type, message, stack and causes. Lines are written before the call returns: pino's
 * worker transports do not exist in a single executable, and a crash would lose what they hold.
 */
export function createLog(options: {
  readonly level: LogLevel;
  /** Which program writes: `node`, `sidecar`. Rooms name themselves by a field `component`. */
  readonly name: string;
  readonly destination: LogDestination;
}): Log {
  const logger = pino(
    {
      level: options.level,
      base: { name: options.name },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    options.destination,
  );
  return adapter(logger, {});
}

/** Fields are merged here: pino would write a name twice that a child and its parent both set. */
function adapter(logger: pino.Logger, base: LogFields): Log {
  return {
    debug: (message, fields) => logger.debug({ ...base, ...fields }, message),
    info: (message, fields) => logger.info({ ...base, ...fields }, message),
    warn: (message, fields) => logger.warn({ ...base, ...fields }, message),
    error: (message, fields) => logger.error({ ...base, ...fields }, message),
    child: (fields) => adapter(logger, { ...base, ...fields }),
  };
}
