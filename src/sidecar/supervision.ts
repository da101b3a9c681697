import { PlatformError, platformErrors } from '../platform/index.ts';
import { SidecarError, sidecarErrors } from './errors.ts';

/**
 * What a sidecar and the `selvage run` that started it say to each other: lines of JSON, the sidecar's
 * on its standard output, the supervisor's on the sidecar's standard input. The end of that input
 * means that the supervisor is gone.
 */
export type SidecarNotice = ReadyNotice | RefusedNotice;

/** It serves; other sidecars reach it at `inboundPort`, if its workload serves. */
export interface ReadyNotice {
  readonly event: 'ready';
  readonly inboundPort?: number;
  /** Where the application reaches the services that it calls by name: names and addresses of its host. */
  readonly names: Names;
}

export type Names = Readonly<Record<string, string>>;

/** Why the sidecar cannot serve: an error of its own, to be shown to the person. */
export interface RefusedNotice {
  readonly event: 'refused';
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export interface SupervisorNotice {
  /** `superseded`: another sidecar of the same workload serves on the same ports. */
  readonly event: 'application-ended' | 'superseded';
}

export const encodeNotice = (notice: SidecarNotice | SupervisorNotice): string =>
  `${JSON.stringify(notice)}\n`;

/** Reads one line of the sidecar; undefined for anything that is no notice. */
export function parseSidecarNotice(line: string): SidecarNotice | undefined {
  const notice = parseObject(line);
  if (notice?.event === 'ready') {
    const { inboundPort } = notice;
    const ready = { event: 'ready', names: namesOf(notice.names) } as const;
    return typeof inboundPort === 'number' ? { ...ready, inboundPort } : ready;
  }
  if (notice?.event !== 'refused') return undefined;
  const { code, message, remedy } = notice;
  return { event: 'refused', code: String(code), message: String(message), remedy: String(remedy) };
}

const namesOf = (value: unknown): Names =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, address]) => [name, String(address)]))
    : {};

export function parseSupervisorNotice(line: string): SupervisorNotice | undefined {
  const event = parseObject(line)?.event;
  return event === 'application-ended' || event === 'superseded' ? { event } : undefined;
}

/** The error that a sidecar told of, under its own code where this process knows it. */
export function errorOf({
  code,
  message,
  remedy,
}: Omit<RefusedNotice, 'event'>): SidecarError | PlatformError {
  if (isKeyOf(sidecarErrors, code)) return new SidecarError(code, message, { remedy });
  if (isKeyOf(platformErrors, code)) return new PlatformError(code, message, { remedy });
  return new SidecarError('SIDECAR_ENDED', `${code}: ${message}`, { remedy });
}

const isKeyOf = <T extends object>(catalogue: T, code: string): code is keyof T & string =>
  Object.hasOwn(catalogue, code);

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
