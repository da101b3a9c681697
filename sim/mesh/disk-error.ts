/** Is it the simulated disk that failed, as the scenario has it? Anything else that a node throws is a fault of ours. */
export const isDiskError = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('the disk failed');
