import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');

/** The packages that each package may use: dependencies point down only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: [],
  web: [],
  supervisor: ['@pinky/protocol'],
  'funpack-runner': ['@pinky/protocol'],
  serverengine: ['@pinky/protocol', '@pinky/supervisor'],
  queue: ['@pinky/protocol', '@pinky/supervisor'],
  webhooks: ['@pinky/protocol', '@pinky/supervisor', '@pinky/queue'],
  jail: ['@pinky/protocol', '@pinky/supervisor'],
  api: ['@pinky/protocol', '@pinky/supervisor', '@pinky/funpack-runner', '@pinky/web'],
  worker: ['@pinky/protocol', '@pinky/supervisor', '@pinky/funpack-runner', '@pinky/jail'],
  box: [
    '@pinky/protocol', '@pinky/supervisor', '@pinky/funpack-runner', '@pinky/jail', '@pinky/api', '@pinky/queue',
    '@pinky/worker', '@pinky/webhooks',
  ],
  cli: [
    '@pinky/protocol', '@pinky/supervisor', '@pinky/funpack-runner', '@pinky/jail', '@pinky/api', '@pinky/queue',
    '@pinky/box',
  ],
};

/** Packages without import cycles, not even cycles of types. A package joins the list when its last one is gone. */
const withoutCycles = Object.keys(allowed);

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isTypeOnly: boolean;
}

const sourceFiles = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

/** Every import, export-from, dynamic import, require and require.resolve of a file. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const statements = [...text.matchAll(/^(?:import|export)\s+(type\s)?[\w\s{},*$]*?from\s+'([^']+)'/gm)].map(
    ([, type, target = '']) => ({ target, isTypeOnly: type !== undefined }),
  );
  const call = /\b(?:(?:import|require)\(|require\.resolve\((?='@))\s*'([^']+)'\s*\)/g;
  const calls = [...text.matchAll(call)].map(([, target = '']) => ({ target, isTypeOnly: false }));
  const bare = [...text.matchAll(/^import\s+'([^']+)'/gm)].map(([, target = '']) => ({ target, isTypeOnly: false }));
  return [...statements, ...calls, ...bare].map((found) => ({ file: file.slice(root.length + 1), ...found }));
}

const packageImports = (name: string): Import[] => sourceFiles(join(root, 'packages', name, 'src')).flatMap(importsOf);
const packageOf = (target: string): string => target.split('/').slice(0, target.startsWith('@') ? 2 : 1).join('/');
/** Packages that are one bundle when they are built. */
const bundled = new Set(['web']);
interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
const manifest = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));

describe('the floors of the building', () => {
  it('holds every package', () => {
    expect(readdirSync(join(root, 'packages')).sort()).toEqual(Object.keys(allowed).sort());
  });

  it.each(Object.keys(allowed))('%s depends only on what is below it', (name) => {
    const dependencies = Object.keys(manifest(name).dependencies ?? {}).filter((one) => one.startsWith('@pinky/'));
    expect(dependencies.filter((one) => !allowed[name]?.includes(one))).toEqual([]);
  });

  it.each(Object.keys(allowed))('%s imports only what its manifest names', (name) => {
    const { dependencies = {}, devDependencies = {} } = manifest(name);
    const own = bundled.has(name) ? devDependencies : dependencies; // nobody who installs it needs what is inside it
    const named = new Set([...Object.keys(own), `@pinky/${name}`]);
    const foreign = packageImports(name).filter(
      ({ target }) => !/^(\.|node:|internal\/)/.test(target) && !named.has(packageOf(target)),
    );
    expect(foreign).toEqual([]);
  });

  it.each(Object.keys(allowed))('%s never reaches into another package\'s folder', (name) => {
    const own = join(root, 'packages', name);
    const outside = packageImports(name).filter(
      ({ file, target }) => target.startsWith('.') && !resolve(root, file, '..', target).startsWith(`${own}/`),
    );
    expect(outside).toEqual([]);
  });

  it('has no two classes of one name', () => {
    const classes = Object.keys(allowed)
      .flatMap((name) => sourceFiles(join(root, 'packages', name, 'src')))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)])
      .map(([, name]) => name);
    expect(classes.filter((one, at) => classes.indexOf(one) !== at)).toEqual([]);
    expect(classes.length).toBeGreaterThan(100);
  });

  it.each(['worker/src/main.ts', 'serverengine/src/worker/worker-main.ts'])(
    'lets %s load nothing heavy, however indirectly',
    (program) => {
      const heavy = ['ioredis', 'bullmq', 'zod', 'winston', 'yaml', 'commander', 'tar-stream', 'lzo', 'pidusage'];
      const imports = reached(program);
      expect(imports.filter(({ target }) => heavy.includes(packageOf(target)))).toEqual([]);
      expect(imports.filter(({ target }) => target.startsWith('@pinky/') && !(target in entries))).toEqual([]);
    },
  );

  it('lets the supervisor of a box load neither schemas nor YAML nor clients of Redis', () => {
    const heavy = ['zod', 'yaml', 'ioredis', 'bullmq', 'commander', '@pinky/box'];
    const imports = reached('box/src/program/main.ts');
    expect(imports.filter(({ target }) => heavy.includes(packageOf(target)))).toEqual([]);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('keeps games and Redis out of the supervisor', () => {
    const strangers = ['ioredis', 'bullmq', '@pinky/funpack-runner', '@pinky/worker', '@pinky/queue'];
    expect(packageImports('supervisor').filter(({ target }) => strangers.includes(packageOf(target)))).toEqual([]);
    const dataTypes = ['StartOrder', 'StartData', 'FunpackManifest', 'SettingSchema'];
    const gameTypes = [...dataTypes, 'GameEvent', 'ServerStatus', 'ServerState'];
    const gameWords = [...gameTypes, 'redisKeys', 'commandRules', 'lifecycle', 'serverPaths'];
    const protocolOfGames = new RegExp(`\\b(${gameWords.join('|')})\\b`);
    const talking = sourceFiles(join(root, 'packages', 'supervisor', 'src')).filter((file) =>
      protocolOfGames.test(readFileSync(file, 'utf8')),
    );
    expect(talking).toEqual([]);
  });

  it('keeps the framework on top of the supervisor out of it', () => {
    const words = 'BlockingFlag|ServerModule|WorkerModule|WorkerPool|WorkerType|SocketManager|ServerConfig';
    const framework = new RegExp(`\\b(${words}|workerType|worker_type|daemonize|createServer)\\b|@pinky/serverengine`);
    const knowing = sourceFiles(join(root, 'packages/supervisor/src')).filter((file) =>
      framework.test(readFileSync(file, 'utf8')),
    );
    expect(knowing).toEqual([]);
  });

  it('has the replay of recorded cases use the framework through its front door', () => {
    const replay = join(root, 'packages/serverengine/vectors');
    const imports = sourceFiles(replay).filter((file) => !file.startsWith(join(replay, 'dist'))).flatMap(importsOf);
    // The last one has the wait of every test, and the replay is one.
    const doors = ['@pinky/serverengine', '@pinky/supervisor', '@pinky/protocol/base', '@pinky/protocol/testing'];
    const inside = ({ file, target }: Import): boolean =>
      target.startsWith('.') && resolve(root, file, '..', target).startsWith(`${replay}/`);
    expect(imports.length).toBeGreaterThan(100);
    expect(
      imports.filter((one) => !one.target.startsWith('node:') && !doors.includes(one.target) && !inside(one)),
    ).toEqual([]);
  });

  it.each(withoutCycles)('%s has no import cycle, not even one of types', (name) => {
    const folders = ['src', 'vectors'].map((folder) => join(root, 'packages', name, folder)).filter(existsSync);
    expect(folders.flatMap(sourceFiles).length).toBeGreaterThan(0);
    expect(cyclesAmong(folders.flatMap(sourceFiles))).toEqual([]);
  });
});

/** The doors through which a worker enters the packages below it. */
const entries: Readonly<Record<string, string>> = {
  '@pinky/supervisor/child': 'supervisor/src/child.ts',
  '@pinky/supervisor/identity': 'supervisor/src/adopt/process-identity.ts',
  '@pinky/supervisor/dump': 'supervisor/src/dump/index.ts',
  '@pinky/supervisor/plain-logger': 'supervisor/src/logger/plain-logger.ts',
  '@pinky/funpack-runner/light': 'funpack-runner/src/light.ts',
  '@pinky/jail': 'jail/src/index.ts',
  '@pinky/protocol': 'protocol/src/index.ts',
  '@pinky/protocol/base': 'protocol/src/base.ts',
};

/** Every import that is loaded when a program starts, through those doors; what is only a type is not loaded. */
function reached(start: string): Import[] {
  const seen = new Set<string>();
  const found: Import[] = [];
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const one of importsOf(file).filter(({ isTypeOnly }) => !isTypeOnly)) {
      found.push(one);
      const entry = entries[one.target];
      if (one.target.startsWith('.')) visit(resolve(file, '..', one.target.replace(/\.js$/, '.ts')));
      else if (entry !== undefined) visit(join(root, 'packages', entry));
    }
  };
  visit(join(root, 'packages', start));
  return found;
}

/** The import cycles among these files, each as the list of its files; an import of types is an import too. */
function cyclesAmong(files: readonly string[]): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const from = path.indexOf(file);
    if (from >= 0) cycles.push(path.slice(from).map((one) => one.slice(root.length + 1)));
    if (from >= 0 || done.has(file)) return;
    for (const { target } of importsOf(file).filter((one) => one.target.startsWith('.'))) {
      const imported = resolve(file, '..', target.replace(/\.js$/, '.ts'));
      if (files.includes(imported)) visit(imported, [...path, file]);
    }
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return cycles;
}
