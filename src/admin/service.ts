import type { z } from 'zod';
import type { adminContract, OperationName } from './contract.ts';
import type { ChangeKind } from './views.ts';

type Contract = typeof adminContract;

/**
 * Each operation of {@link adminContract} as a function from its request to its answer. Refusals
 * are thrown as SelvageErrors; they reach the caller with their code, words and exit kind.
 */
export type AdminOperations = {
  readonly [Name in OperationName]: (
    request: z.output<Contract[Name]['request']>,
  ) => Promise<z.output<Contract[Name]['response']>>;
};

/**
 * What a node offers on its admin socket. The node implements it; the client of the socket gives
 * the very same, so that a caller need not know which one it holds.
 */
export interface AdminService extends AdminOperations {
  /** Every kind once, then kinds of changes from now on, coalesced, until `signal` aborts. */
  changes(signal: AbortSignal): AsyncIterable<ChangeKind>;
}
