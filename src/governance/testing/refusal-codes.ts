import { SelvageError } from '../../core/index.ts';

/** The code of what `work` is refused with, or `none`. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return refusalCode(error);
  }
  return 'none';
}

/** As {@link codeOf}, of work that takes time. */
export const codeOfLate = (work: Promise<unknown>): Promise<string> =>
  work.then(() => 'none', refusalCode);

function refusalCode(error: unknown): string {
  if (error instanceof SelvageError) return error.code;
  throw error;
}
