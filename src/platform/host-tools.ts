import { findProgram, runCommand } from './children.ts';
import { PlatformError } from './errors.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** Programs of the host that set its network up, and the package that has each (Debian's name). */
const PACKAGES = { ip: 'iproute2', nft: 'nftables' } as const;
export type HostTool = keyof typeof PACKAGES;

/** They ask the kernel and end; one that does not within this time hangs. */
const TIMEOUT_MS = 10_000;

/**
 * Runs a tool of the host to its end, in `namespace` if one is given, and returns what it wrote.
 *
 * @throws PlatformError TOOL_MISSING, TOOL_FAILED, ROOT_NEEDED
 */
export async function runHostTool(
  tool: HostTool,
  args: readonly string[],
  namespace?: NetworkNamespace,
): Promise<string> {
  const program = findProgram(tool);
  if (program === undefined) {
    throw new PlatformError('TOOL_MISSING', `the program '${tool}' is not on PATH`, {
      remedy: `Install it (package ${PACKAGES[tool]}), or put its directory, often /usr/sbin, on PATH.`,
    });
  }
  const start = () =>
    runCommand({
      command: [program, ...args],
      environment: process.env,
      directory: '/',
      timeoutMs: TIMEOUT_MS,
    });
  const { code, output, errorOutput } = await (namespace?.inside(start) ?? start());
  if (code === 0) return output;
  const said = errorOutput.trim().split('\n')[0] ?? '';
  if (/not permitted|must be root|Permission denied/i.test(errorOutput)) {
    throw new PlatformError('ROOT_NEEDED', `'${tool}' may not do this as this user: ${said}`);
  }
  throw new PlatformError('TOOL_FAILED', `'${tool}' ended with ${code ?? 'a signal'}: ${said}`);
}
