import type { Command } from 'commander';
import type { AdminService } from '../admin/index.ts';
import type { NodeNote } from '../platform/index.ts';
import type { CliContext, NodeSelection } from './context.ts';
import { CliError } from './errors.ts';

/** Gives a command the flags that say which node it asks. */
export function addNodeOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'ask the node with this data directory')
    .option('--admin-socket <path>', 'ask the node behind this socket');
}

/** The admin API of the node that the command is for. */
export const connectToNode = (
  context: CliContext,
  selection: NodeSelection,
): Promise<AdminService> => context.connect(chooseAdminSocket(context, selection));

/**
 * Which node answers: the one that a flag names, else SELVAGE_ADMIN_SOCKET, else any running node of
 * this user if all of them belong to one mesh.
 *
 * @throws CliError NODE_NOT_FOUND, SEVERAL_MESHES
 */
function chooseAdminSocket(context: CliContext, selection: NodeSelection): string {
  const { adminSocket, data } = selection;
  if (adminSocket !== undefined) return adminSocket;
  if (data !== undefined) return `${data.replace(/\/+$/, '')}/admin.sock`;
  const named = context.host.environment.SELVAGE_ADMIN_SOCKET;
  if (named !== undefined && named !== '') return named;
  return runningNode(context, (directory) => `--data ${directory}`).adminSocket;
}

/**
 * Where a workload attaches: the socket that a flag names, else SELVAGE_WORKLOAD_SOCKET, else that of
 * a running node of this user.
 *
 * @throws CliError NODE_NOT_FOUND, SEVERAL_MESHES
 */
export function chooseWorkloadSocket(context: CliContext, socket: string | undefined): string {
  const named = socket ?? context.host.environment.SELVAGE_WORKLOAD_SOCKET;
  if (named !== undefined && named !== '') return named;
  const spell = (directory: string) => `--socket ${directory}/workload.sock`;
  return `${dataDirectoryOf(runningNode(context, spell))}/workload.sock`;
}

/** How a person names the node with this data directory, in the command at hand. */
type Spelling = (dataDirectory: string) => string;

function runningNode(context: CliContext, spell: Spelling): NodeNote {
  const nodes = context.findNodes();
  const [first] = nodes;
  if (first === undefined) {
    throw new CliError('NODE_NOT_FOUND', 'no node of yours runs here', {
      remedy: `Start one with \`selvage node --data DIR\`, or name one with \`${spell('DIR')}\`.`,
    });
  }
  const meshes = new Set(nodes.map(({ trustDomain }) => trustDomain));
  if (meshes.size === 1) return first;
  const choices = nodes.map(
    (note) => `\n       ${spell(dataDirectoryOf(note))}   (${note.node} of ${note.trustDomain})`,
  );
  throw new CliError('SEVERAL_MESHES', `nodes of ${meshes.size} meshes run here`, {
    remedy: `Say which one is meant:${choices.join('')}`,
  });
}

const dataDirectoryOf = ({ adminSocket }: NodeNote): string =>
  adminSocket.replace(/\/admin\.sock$/, '');
