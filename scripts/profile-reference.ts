import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILES } from '../src/membership/index.ts';

const SOURCE = join(import.meta.dir, '../src/membership/swim/profile.ts');

/** The reference page of the failure detector's profiles, in Markdown: what each tunable means is said where it is declared. */
export function profileReference(): string {
  const [names, profiles] = [Object.keys(PROFILES), Object.values(PROFILES)];
  const rows = tunables().map(({ name, meaning }) => {
    const values = profiles.map((profile) => String(new Map(Object.entries(profile)).get(name)));
    return `| \`${name}\` | ${values.join(' | ')} | ${meaning} |`;
  });
  return `# How soon a silent member is given up

A node asks the other members in turn whether they live, and concludes alone that one is dead:
[decision 33](../decisions/0033-dead-is-concluded.md) says how. How patient it is, its profile says, the
same on all nodes: \`membership.profile\` in [configuration.md](configuration.md). Times are in milliseconds;
n is the number of living members, the node itself among them. With local health at 0, which is well, the last of n
holds a crashed member dead after about

    time to the first ping + 2 × periodMs + suspicionPeriods × max(1, log10 n) × periodMs + 1 s

where the time to the first ping is at most 2 × \`periodMs\`, as the member before it on the ring asks it that often; where that one is
silent too, 2 × \`periodMs\` in the mean and 9.2 times \`periodMs\` in one of a hundred cases. Where fewer than three can accuse (meshes of three and less, the smaller side of a partition) suspicion lasts \`suspicionMaxFactor\` times as long.

| tunable | ${names.join(' | ')} | what it is |
|---|${names.map(() => '---|').join('')}---|
${rows.join('\n')}
`;
}

/** The members of the interface \`Profile\` with their comments. */
function tunables(): { name: string; meaning: string }[] {
  const text = readFileSync(SOURCE, 'utf8');
  const declared = text.slice(text.indexOf('export interface Profile'), text.indexOf('\n}'));
  return [...declared.matchAll(/\/\*\*([\s\S]*?)\*\/\s*readonly (\w+)/g)].map(
    ([, comment = '', name = '']) => ({
      name,
      meaning: comment
        .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
        .replaceAll(/\{@link (\w+)\}/g, '`$1`')
        .trim(),
    }),
  );
}
