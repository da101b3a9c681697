import { closest } from '../core/index.ts';

/** More would hide what else is said. */
const MAX_NAMES = 10;

/** Whom a person may have meant by a name that nobody has, and who there is: of short names many are near. */
export function nearNames(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  const meant = near === undefined ? [] : [`Did you mean ${near}?`];
  return [...meant, `Known are: ${listed(known)}.`].join(' ');
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).join(', ') || 'none';
  return more > 0 ? `${shown}, and ${more} more` : shown;
}
