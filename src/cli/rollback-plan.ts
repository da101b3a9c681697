import type { AdminService } from '../admin/index.ts';
import {
  decodeKeptList,
  draftProposal,
  formatVersion,
  GovernanceError,
  heldTrust,
  openHeld,
  openKeptList,
  parseVersionName,
  previewProposal,
  rollbackTo,
  type TrustFiles,
  type VersionName,
} from '../governance/index.ts';
import { CliError } from './errors.ts';
import { requireReadable } from './readable-policies.ts';
import type { WantedChange } from './trust-change.ts';

/** @throws CliError COMMAND_LINE_INVALID */
export function versionNamed(text: string): VersionName {
  const name = parseVersionName(text);
  if (name.ok) return name.value;
  throw new CliError('COMMAND_LINE_INVALID', name.error);
}

/** What the node hands out as a list of before is opened here, where it is about to be signed again. */
export async function plannedRollback(
  client: AdminService,
  files: TrustFiles,
  name: VersionName,
  now: number,
): Promise<WantedChange> {
  const { list } = await client.keptList({ version: formatVersion(name) });
  const kept = decodeKeptList(Buffer.from(list, 'base64'));
  const held = openHeld(files);
  const opened = kept.ok ? openKeptList(held, name, kept.value) : kept;
  if (opened.ok) {
    const wanted = rollbackTo(held, name.role, opened.value);
    const proposal = draftProposal({ held, ...wanted, reason: '', now });
    if (proposal !== undefined) requireReadable(heldTrust(held), previewProposal(held, proposal));
    return wanted;
  }
  const message = `the node handed out another version ${formatVersion(name)}: ${opened.error}`;
  throw new GovernanceError('TRUST_NOT_GENUINE', message);
}
