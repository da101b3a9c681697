import packageJson from '../../package.json' with { type: 'json' };

/** Version of this program, as its package says it. */
export const PROGRAM_VERSION: string = packageJson.version;
