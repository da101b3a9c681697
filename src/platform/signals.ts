export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Those that a process of ours may take for something else than its end. */
export type Signal = StopSignal | 'SIGUSR2';

/** The number that a shell adds to 128 when a signal ended a program (signal(7)). */
const NUMBERS: Readonly<Record<StopSignal, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

export const signalExitCode = (signal: StopSignal): number => 128 + NUMBERS[signal];

/** Calls `received` for each of these signals instead of ending the process; returns how to stop that. */
export function onSignals<Received extends Signal>(
  signals: readonly Received[],
  received: (signal: Received) => void,
): () => void {
  const handlers = signals.map((signal) => {
    const handler = () => received(signal);
    process.on(signal, handler);
    return () => void process.off(signal, handler);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}
