import type { ProposalProgress } from '../admin/index.ts';
import { visibleText } from '../core/index.ts';
import type { Terminal } from '../platform/index.ts';
import { partLines } from './signature-words.ts';

/** Of an id: as many digits as tell proposals apart, and can be typed. */
const ID_CHARACTERS = 12;
export const shortId = (id: string): string => id.slice(0, ID_CHARACTERS);

/** Says what came of a proposal, and what to type next; `done` is what was done with it here. */
export function sayProgress(terminal: Terminal, progress: ProposalProgress, done: string): void {
  for (const line of progressLines(progress, done)) terminal.write(`${visibleText(line)}\n`);
}

function progressLines(progress: ProposalProgress, done: string): string[] {
  const { id, state, parts, published, waiting } = progress;
  const short = shortId(id);
  switch (state) {
    case 'published':
      return published === undefined ? [`${done} ${short}: it is in force`] : [inForce(published)];
    case 'ready':
      return [
        `${done} ${short}: all have signed, and it is about to be published${because(waiting)}`,
      ];
    case 'open':
      return [
        `${done} ${short}`,
        ...partLines(parts),
        `to sign it: selvage approve ${short} --key FILE`,
      ];
    case 'rejected':
      return [`${done} ${short}: it is over, for too few are left who could sign it`];
    default:
      return [`${done} ${short}: it is ${state}${because(waiting)}`];
  }
}

function inForce({ versions, digest, nodes }: NonNullable<ProposalProgress['published']>): string {
  const told =
    nodes.length === 0 ? 'no other node is connected now' : `sent to ${nodes.join(', ')}`;
  const lists = versions.filter((version) => !version.startsWith('root '));
  return `published version ${lists.join(', ')}, digest ${digest}; ${told}`;
}

const because = (waiting: string | undefined): string =>
  waiting === undefined ? '' : `: ${waiting}`;
