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
export const connectToNode = (context: CliContext, selection: NodeSelection): AdminService =>
  context.connect(chooseAdminSocket(context, selection));

/**
 * Which node answers: the one that a flag names, else SELVAGE_ADMIN_SOCKET, else any running node of
 * this user if all of them belong to one mesh.
 *
 * @throws CliError NODE_NOT_FOUND, SEVERAL_MESHES
 */
export function chooseAdminSocket(context: CliContext, selection: NodeSelection): string {
  const { adminSocket, data } = selection;
  if (adminSocket !== undefined) return adminSocket;
  if (data !== undefined) return `${data.replace(/\/+$/, '')}/admin.sock`;
  const named = context.host.environment.SELVAGE_ADMIN_SOCKET;
  if (named !== undefined && named !== '') return named;
  const nodes = context.findNodes();
  const [first] = nodes;
  if (first === undefined) throw new CliError('NODE_NOT_FOUND', 'no node of yours runs here');
  const meshes = new Set(nodes.map(({ trustDomain }) => trustDomain));
  if (meshes.size > 1) throw severalMeshes(nodes, meshes.size);
  return first.adminSocket;
}

function severalMeshes(nodes: readonly NodeNote[], count: number): CliError {
  const choices = nodes.map(({ trustDomain, node, adminSocket }) => {
    const data = adminSocket.replace(/\/admin\.sock$/, '');
    return `\n       --data ${data}   (${node} of ${trustDomain})`;
  });
  return new CliError('SEVERAL_MESHES', `nodes of ${count} meshes run here`, {
    remedy: `Say which one is meant:${choices.join('')}`,
  });
}
