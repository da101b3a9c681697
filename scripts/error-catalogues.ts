import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCatalogue, EXIT } from '../src/core/index.ts';

export interface RoomCatalogue {
  readonly room: string;
  readonly catalogue: ErrorCatalogue;
}

const src = join(import.meta.dir, '..', 'src');

/** The `<room>Errors` of every room that has an errors.ts: found, not listed, so none is forgotten. */
export async function errorCatalogues(): Promise<RoomCatalogue[]> {
  const found: RoomCatalogue[] = [];
  for (const room of readdirSync(src).sort()) {
    if (room === 'core' || !readdirSync(join(src, room)).includes('errors.ts')) continue;
    const module: Record<string, unknown> = await import(join(src, room, 'errors.ts'));
    const catalogue = module[`${room}Errors`];
    if (!isCatalogue(catalogue)) throw new Error(`src/${room}/errors.ts exports no ${room}Errors`);
    found.push({ room, catalogue });
  }
  return found;
}

const isCatalogue = (value: unknown): value is ErrorCatalogue =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(
    (entry) => typeof entry.summary === 'string' && typeof entry.remedy === 'string',
  );

/** The reference page of all errors, in Markdown. */
export function errorReference(catalogues: readonly RoomCatalogue[]): string {
  const rows = catalogues.flatMap(({ room, catalogue }) =>
    Object.entries(catalogue).map(([code, { summary, remedy, exit }]) => ({
      code,
      row: `| \`${code}\` | ${room} | ${cell(summary)} | ${cell(remedy)} | ${EXIT[exit]} |`,
    })),
  );
  const sorted = rows.sort((a, b) => (a.code < b.code ? -1 : 1)).map(({ row }) => row);
  return `# Errors

Every error of the program has one of these codes, which never change their meaning. Commands print
\`error[CODE]: what happened\` and \`try: what to do\`, and end with the exit code; \`-v\` adds the
causes. An error of a node reaches the command line with the node's own code.

| code | room | what it means | what to do | exit code |
|---|---|---|---|---|
${sorted.join('\n')}
`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
