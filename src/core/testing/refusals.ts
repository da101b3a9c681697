import { SelvageError } from '../index.ts';

/** What `work` is refused with. */
export const refusalOf = (work: () => unknown): SelvageError => required(thrownBy(work));

/** As {@link refusalOf}, of work that takes time. */
export const refusalOfLate = async (work: Promise<unknown>): Promise<SelvageError> =>
  required(await work.then(() => undefined, known));

/** The code of what `work` is refused with, or `none`. */
export const codeOf = (work: () => unknown): string => thrownBy(work)?.code ?? 'none';

/** As {@link codeOf}, of work that takes time. */
export const codeOfLate = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error) => known(error).code,
  );

function thrownBy(work: () => unknown): SelvageError | undefined {
  try {
    work();
  } catch (error) {
    return known(error);
  }
  return undefined;
}

function known(error: unknown): SelvageError {
  if (error instanceof SelvageError) return error;
  throw error;
}

function required(error: SelvageError | undefined): SelvageError {
  if (error === undefined) throw new Error('it was not refused');
  return error;
}
