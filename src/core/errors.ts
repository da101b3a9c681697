/**
 * Exit codes of the command line, by what the person has to do (docs/reference/errors.md).
 *
 * `usage`: the command or its input is wrong; `refused`: the mesh or a rule says no;
 * `unavailable`: something that should be there is not (try again, or start it); `internal`: ours.
 */
export const EXIT = { ok: 0, internal: 1, usage: 2, refused: 3, unavailable: 4 } as const;

export type ExitKind = Exclude<keyof typeof EXIT, 'ok'>;

/** One line of a room's error catalogue: what happened in general, and what the person can do. */
export interface ErrorEntry {
  readonly summary: string;
  readonly remedy: string;
  readonly exit: ExitKind;
}

/** All errors of one room, keyed by their code. The codes are closed and are never renamed. */
export type ErrorCatalogue = Readonly<Record<string, ErrorEntry>>;

export interface ErrorOptionsWithRemedy {
  /** Replaces the catalogue's remedy where the place knows better. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/**
 * The base of every room's error class. `message` says what happened here, with the offending
 * value; `remedy` says what to do next. Rooms subclass it with their own catalogue:
 *
 *     export class IdentityError extends SelvageError<keyof typeof identityErrors> {
 *       constructor(code: keyof typeof identityErrors, message: string, options?: ErrorOptionsWithRemedy) {
 *         super(identityErrors, code, message, options);
 *       }
 *     }
 */
export abstract class SelvageError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly remedy: string;
  readonly exit: ExitKind;

  protected constructor(
    catalogue: Readonly<Record<Code, ErrorEntry>>,
    code: Code,
    message: string,
    options: ErrorOptionsWithRemedy = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = catalogue[code];
    this.name = new.target.name;
    this.code = code;
    this.remedy = options.remedy ?? entry.remedy;
    this.exit = entry.exit;
  }
}
