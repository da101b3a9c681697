import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * The rooms of `src/`: their rank (imports go to a strictly lower one only) and the modules from
 * outside that each may load. ARCHITECTURE.md says what each is for.
 */
const ROOMS: Readonly<Record<string, { rank: number; modules: readonly string[] }>> = {
  core: { rank: 0, modules: [] },
  ports: { rank: 1, modules: [] },
  platform: { rank: 2, modules: ['*'] },
  crypto: {
    rank: 2,
    modules: ['node:crypto', 'node:tls', '@peculiar/asn1-schema', '@peculiar/asn1-x509', 'jose'],
  },
  telemetry: { rank: 2, modules: ['prom-client', 'pino'] },
  identity: { rank: 3, modules: ['@ipld/dag-cbor'] },
  ledger: { rank: 3, modules: [] },
  risk: { rank: 3, modules: [] },
  governance: { rank: 4, modules: ['tuf-js', '@tufjs/models', 'yaml', 'zod', '@ipld/dag-cbor'] },
  policy: { rank: 4, modules: ['@cedar-policy/cedar-wasm'] },
  traffic: { rank: 4, modules: [] },
  membership: { rank: 4, modules: [] },
  replication: { rank: 4, modules: ['@ipld/dag-cbor'] },
  registry: { rank: 5, modules: ['zod'] },
  balance: { rank: 6, modules: [] },
  names: { rank: 6, modules: ['dns-packet'] },
  snapshot: { rank: 6, modules: ['zod'] },
  proxy: { rank: 7, modules: [] },
  gateway: { rank: 8, modules: [] },
  'workload-api': { rank: 9, modules: ['@bufbuild/protobuf'] },
  admin: { rank: 9, modules: ['hono', 'zod'] },
  node: { rank: 10, modules: ['yaml', 'zod'] },
  sidecar: { rank: 10, modules: [] },
  // A program's own connections are of `node:tls`, which it hands the options to.
  sdk: { rank: 10, modules: ['@bufbuild/protobuf', '@grpc/grpc-js', 'node:tls'] },
  // Its services, clients and attackers are ordinary programs outside the mesh.
  demo: {
    rank: 11,
    modules: [
      '@grpc/grpc-js',
      'node:crypto',
      'node:dns',
      'node:events',
      'node:fs',
      'node:http',
      'node:http2',
      'node:net',
      'node:path',
      'node:stream',
      'node:tls',
      'protobufjs',
    ],
  },
  cli: { rank: 12, modules: ['commander', 'picocolors', 'cli-table3', 'yaml', 'zod'] },
};

/** Only composition roots hand out adapters; every room below takes them as ports. */
const PLATFORM_USERS = ['node', 'sidecar', 'sdk', 'demo', 'cli'];

/** What may stand in `platform` (and in tests) only, and what to use instead. */
const BANNED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\.now\b|\bnew Date\(\)/, 'the Clock port'],
  [/\bperformance\.now\b/, "the Clock port's monotonic()"],
  [/\bMath\.random\b|\bcrypto\.getRandomValues\b|\brandomUUID\b/, 'the Random port'],
  [/\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b/, 'the Clock port'],
  [/(?<![.#/\w])process\.\w/, 'an adapter of platform'],
  [/\bBun\.\w/, 'an adapter of platform'],
  [/\bfetch\(/, 'an adapter of platform'],
];

const MAX_FILE_LINES = 400;
const root = resolve(import.meta.dir, '..');
const src = join(root, 'src');
/** Beside the rooms, as bench is: it lives in their world, and in nobody's. */
const sim = join(root, 'sim');
/** What simulated nodes and what is around them may load: `bun:jsc` drains microtasks, liars encode what no room would. */
const SIM_MODULES = ['bun:jsc', '@ipld/dag-cbor'];
/** What the files right in `sim` may load beside: they meet the person who runs it, and real time. */
const SIM_TOOL_MODULES = ['commander', 'picocolors'];

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(join(folder, entry.name))
      : /\.tsx?$/.test(entry.name)
        ? [join(folder, entry.name)]
        : [],
  );

const files = filesBelow(src);
const simFiles = filesBelow(sim);
const isTest = (file: string): boolean =>
  /\.(test|contract)\.ts$/.test(file) || file.includes('/testing/');
const roomOf = (file: string): string => relative(src, file).split('/')[0] ?? '';
const withoutComments = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (all) => all.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/(^|\s)\/\/.*$/gm, '');

function importsOf(text: string): string[] {
  const found = withoutComments(text).matchAll(
    /(?:^|[\s;}])(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'|(?:^|[\s;(=])(?:import|require)\s*\(?\s*'([^']+)'/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

/** Why `file` may not import `wanted`, or undefined when it may. */
function importProblem(file: string, wanted: string): string | undefined {
  const room = roomOf(file);
  const own = ROOMS[room];
  if (own === undefined) return `'${room}' is no room of the table`;
  if (!wanted.startsWith('.')) {
    const listed = own.modules.some((m) => m === '*' || wanted === m || wanted.startsWith(`${m}/`));
    return listed ? undefined : `room '${room}' may not load '${wanted}'`;
  }
  const target = resolve(dirname(file), wanted);
  if (!target.startsWith(`${src}/`)) {
    // Platform may embed a package's data file that the package itself does not export.
    const embeds = room === 'platform' && target.startsWith(join(root, 'node_modules/'));
    return embeds || target === join(root, 'package.json') ? undefined : `leaves src: ${wanted}`;
  }
  const other = roomOf(target);
  if (other === room) return undefined;
  const below = ROOMS[other];
  if (below === undefined) return `'${other}' is no room of the table`;
  if (below.rank >= own.rank)
    return `'${room}' (rank ${own.rank}) may not import '${other}' (rank ${below.rank})`;
  if (relative(src, target) !== join(other, 'index.ts'))
    return `goes past '${other}/index.ts': ${wanted}`;
  if (other === 'platform' && !PLATFORM_USERS.includes(room))
    return `'${room}' must be handed ports, not import platform`;
  return undefined;
}

test('imports go down only, through a room’s index, and to listed modules', () => {
  const problems = files
    .filter((file) => !isTest(file))
    .flatMap((file) =>
      importsOf(readFileSync(file, 'utf8')).flatMap((wanted) => {
        const problem = importProblem(file, wanted);
        return problem === undefined ? [] : [`${relative(root, file)}: ${problem}`];
      }),
    );
  expect(problems).toEqual([]);
});

/** Why the simulator's `file` may not import `wanted`, or undefined when it may. */
function simImportProblem(file: string, wanted: string): string | undefined {
  const isTool = dirname(file) === sim;
  if (!wanted.startsWith('.')) {
    const listed = [...SIM_MODULES, ...(isTool ? SIM_TOOL_MODULES : [])].includes(wanted);
    return listed ? undefined : `the simulator may not load '${wanted}'`;
  }
  const target = resolve(dirname(file), wanted);
  const world = join(sim, 'world');
  if (target.startsWith(`${world}/`) && !file.startsWith(`${world}/`)) {
    return target === join(world, 'index.ts') ? undefined : `goes past 'world/index.ts': ${wanted}`;
  }
  if (target.startsWith(`${sim}/`)) return undefined;
  const [room = '', ...rest] = relative(src, target).split('/');
  if (room === 'platform' && !isTool) return 'simulated nodes have nothing of platform';
  const isFace = ['index.ts', 'testing/index.ts'].includes(rest.join('/'));
  return ROOMS[room] !== undefined && isFace ? undefined : `goes past a room's face: ${wanted}`;
}

test('the simulator reaches rooms by their faces and has nothing of platform, and no room knows of it', () => {
  const problems = simFiles
    .filter((file) => !isTest(file))
    .flatMap((file) =>
      importsOf(readFileSync(file, 'utf8')).flatMap((wanted) => {
        const problem = simImportProblem(file, wanted);
        return problem === undefined ? [] : [`${relative(root, file)}: ${problem}`];
      }),
    );
  const knowing = files.filter((file) =>
    importsOf(readFileSync(file, 'utf8')).some((wanted) =>
      resolve(dirname(file), wanted).startsWith(`${sim}/`),
    ),
  );
  expect([problems, knowing]).toEqual([[], []]);
});

test('time, randomness, the environment and the runtime are touched in platform only', () => {
  const problems = [...files, ...simFiles]
    .filter((file) => !isTest(file) && roomOf(file) !== 'platform')
    .flatMap((file) => {
      const lines = withoutComments(readFileSync(file, 'utf8')).split('\n');
      return lines.flatMap((line, index) =>
        BANNED.filter(([pattern]) => pattern.test(line)).map(
          ([pattern, instead]) =>
            `${relative(root, file)}:${index + 1}: ${pattern.source}: use ${instead}`,
        ),
      );
    });
  expect(problems).toEqual([]);
});

test('a file is read in one sitting', () => {
  const long = [...files, ...simFiles, ...filesBelow(join(root, 'test'))].filter(
    (file) => readFileSync(file, 'utf8').split('\n').length > MAX_FILE_LINES + 1,
  );
  expect(long.map((file) => relative(root, file))).toEqual([]);
});

/** Keys that are written down, spread into the object around them. */
const SPREAD_LITERAL = /\.\.\.\{\s*[\w'[]/;

test('an object says its keys itself: of what is spread the compiler checks none', () => {
  const spread = [...files, ...simFiles]
    .filter((file) => !isTest(file))
    .filter((file) => SPREAD_LITERAL.test(withoutComments(readFileSync(file, 'utf8'))));
  expect(spread.map((file) => relative(root, file))).toEqual([]);
});

test('file names are kebab-case nouns, and none is called utils or helpers', () => {
  const odd = [...files, ...simFiles]
    .map((file) => relative(root, file))
    .filter(
      (file) =>
        !/^[a-z0-9/-]+(\.(test|contract))?\.ts$/.test(file) ||
        /\b(utils?|helpers?|misc|common)\b/.test(file),
    );
  expect(odd).toEqual([]);
});

test('every folder has its public face, index.ts', () => {
  const folders = new Set(files.filter((file) => !isTest(file)).map((file) => dirname(file)));
  const faceless = [...folders].filter((folder) => !existsSync(join(folder, 'index.ts')));
  expect(faceless.map((folder) => relative(root, folder))).toEqual([]);
});

test('what the checker forbids is really seen by it', () => {
  const file = join(src, 'core', 'made-up.ts');
  expect(
    importsOf("import { x } from '../ports/index.ts';\nexport type { y } from './z.ts';"),
  ).toEqual(['../ports/index.ts', './z.ts']);
  expect(importsOf("const m = await import('node:fs');\nimport 'reflect-metadata';")).toEqual([
    'node:fs',
    'reflect-metadata',
  ]);
  expect(importProblem(file, '../ports/index.ts')).toContain('may not import');
  expect(importProblem(file, 'node:fs')).toContain('may not load');
  expect(importProblem(join(src, 'proxy', 'x.ts'), '../core/ids.ts')).toContain('goes past');
  expect(importProblem(join(src, 'proxy', 'x.ts'), '../platform/index.ts')).toContain(
    'handed ports',
  );
  expect(importProblem(join(src, 'proxy', 'x.ts'), '../core/index.ts')).toBeUndefined();
  const simulated = join(sim, 'mesh', 'x.ts');
  expect(simImportProblem(simulated, 'node:fs')).toContain('may not load');
  expect(simImportProblem(simulated, '../world/host.ts')).toContain('goes past');
  expect(simImportProblem(simulated, '../../src/core/ids.ts')).toContain('goes past');
  expect(simImportProblem(simulated, '../../src/platform/index.ts')).toContain('platform');
  expect(simImportProblem(simulated, '../world/index.ts')).toBeUndefined();
  expect(simImportProblem(simulated, '../../src/ports/testing/index.ts')).toBeUndefined();
});

/** What the face of a room names. */
const shownBy = (face: string): string[] =>
  [...withoutComments(face).matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}/g)]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.trim().split(' ').at(-1) ?? '')
    .filter((name) => name !== '');

test('a room shows what others ask of it, and nothing more', () => {
  const faces = Object.keys(ROOMS).filter((room) => existsSync(join(src, room, 'index.ts')));
  const around = ['bench', 'scripts', 'test'].flatMap((folder) => filesBelow(join(root, folder)));
  /** By room, each word of the files outside that import its face. */
  const asked = new Map(faces.map((room) => [room, new Set<string>()]));
  for (const file of [...files, ...simFiles, ...around]) {
    const text = withoutComments(readFileSync(file, 'utf8'));
    for (const wanted of importsOf(text)) {
      const [room = '', face] = relative(src, resolve(dirname(file), wanted)).split('/');
      if (face !== 'index.ts' || room === roomOf(file)) continue;
      for (const [word] of text.matchAll(/\w+/g)) asked.get(room)?.add(word);
    }
  }
  // Of each room its errors are named, whoever catches them; what starts and embeds it all is outside of these files.
  const unasked = faces
    .filter((room) => !['sdk', 'cli'].includes(room))
    .flatMap((room) =>
      shownBy(readFileSync(join(src, room, 'index.ts'), 'utf8'))
        .filter((name) => !asked.get(room)?.has(name) && !name.endsWith('Error'))
        .map((name) => `${room}: ${name}`),
    );
  expect(unasked).toEqual([]);
});
