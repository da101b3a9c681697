import type { Command } from 'commander';
import type { AdminService } from '../../admin/index.ts';
import {
  decodeKeptList,
  formatVersion,
  GovernanceError,
  openHeld,
  openKeptList,
  parseVersionName,
  rollbackTo,
  type TrustFiles,
  type VersionName,
} from '../../governance/index.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import { type ChangeOptions, changeTrust, type WantedChange } from '../trust-change.ts';

export function addRollback(program: Command, context: CliContext): void {
  const command = program
    .command('rollback')
    .description(
      'make a new version with the content of an old one, to be signed again; authorities, governors and delegations stay as they are',
    )
    .argument('<version>', 'as `selvage history` names it: 7, or payments/3');
  addExamples(command, [
    ['selvage rollback 7 --key ./governor.key', 'what version 7 said, as the next version'],
    ['selvage rollback payments/3 --dry-run', 'only say what would change'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(
    async (version: string, options: ChangeOptions) => {
      const name = versionNamed(version);
      const told = { reason: `rollback to ${version}`, ...options };
      await changeTrust(context, told, ({ client, held }) => planned(client, held, name));
    },
  );
}

/** @throws CliError COMMAND_LINE_INVALID */
function versionNamed(text: string): VersionName {
  const name = parseVersionName(text);
  if (name.ok) return name.value;
  throw new CliError('COMMAND_LINE_INVALID', name.error);
}

/** What the node hands out as a list of before is opened here, where it is about to be signed again. */
async function planned(
  client: AdminService,
  files: TrustFiles,
  name: VersionName,
): Promise<WantedChange> {
  const { list } = await client.keptList({ version: formatVersion(name) });
  const kept = decodeKeptList(Buffer.from(list, 'base64'));
  const held = openHeld(files);
  const opened = kept.ok ? openKeptList(held, name, kept.value) : kept;
  if (opened.ok) return rollbackTo(held, name.role, opened.value);
  const message = `the node handed out another version ${formatVersion(name)}: ${opened.error}`;
  throw new GovernanceError('TRUST_NOT_GENUINE', message);
}
