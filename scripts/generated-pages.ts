import { cliReference } from '../src/cli/index.ts';
import { configReference } from '../src/node/index.ts';
import { errorCatalogues, errorReference } from './error-catalogues.ts';
import { limitReference } from './limit-reference.ts';
import { listLimits } from './limits-in-code.ts';
import { profileReference } from './profile-reference.ts';

/** The pages that are made from the code, by their path; a test proves the files equal to them. */
export async function generatedPages(): Promise<[path: string, text: string][]> {
  return [
    ['docs/reference/cli.md', cliReference()],
    ['docs/reference/configuration.md', configReference()],
    ['docs/reference/errors.md', errorReference(await errorCatalogues())],
    ['docs/reference/limits.md', limitReference(await listLimits())],
    ['docs/reference/membership.md', profileReference()],
  ];
}
