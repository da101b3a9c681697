/**
 * What a sidecar and the `selvage run` that started it say to each other: lines of JSON, the sidecar's
 * on its standard output, the supervisor's on the sidecar's standard input. The end of that input
 * means that the supervisor is gone.
 */
export type SidecarNotice =
  | { readonly event: 'ready' }
  | {
      readonly event: 'refused';
      readonly code: string;
      readonly message: string;
      readonly remedy: string;
    };

export type SupervisorNotice = { readonly event: 'application-ended' };

export const encodeNotice = (notice: SidecarNotice | SupervisorNotice): string =>
  `${JSON.stringify(notice)}\n`;

/** Reads one line of the sidecar; undefined for anything that is no notice. */
export function parseSidecarNotice(line: string): SidecarNotice | undefined {
  const notice = parseObject(line);
  if (notice?.event === 'ready') return { event: 'ready' };
  if (notice?.event !== 'refused') return undefined;
  const { code, message, remedy } = notice;
  return { event: 'refused', code: String(code), message: String(message), remedy: String(remedy) };
}

export function parseSupervisorNotice(line: string): SupervisorNotice | undefined {
  return parseObject(line)?.event === 'application-ended'
    ? { event: 'application-ended' }
    : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // Any object can be looked into by name; what the names hold is checked by the caller.
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // no notice
    throw error;
  }
}
