import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Scratch } from './scratch.js';

jest.setTimeout(60_000);

let repo: Scratch;
afterEach(() => repo.remove());

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** A package with native parts for two platforms, as a lock made on any of them lists them. */
const NATIVE = {
  'node_modules/native': {
    version: '1.0.0',
    integrity: 'sha512-AAAA',
    optionalDependencies: { 'native-darwin': '1.0.0', 'native-linux': '1.0.0' },
  },
  'node_modules/native-darwin': {
    version: '1.0.0',
    optional: true,
    os: ['darwin'],
    integrity: 'sha512-AAAA',
  },
  'node_modules/native-linux': { version: '1.0.0', optional: true, os: ['linux'], integrity: 'sha512-AAAA' },
};
const manifest = (version: string, dependencies: Record<string, string>) =>
  json({ name: 'scratch', version, dependencies });
const lockOf = (version: string, dependencies: Record<string, string>, packages: object) =>
  json({
    name: 'scratch',
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name: 'scratch', version, dependencies }, ...packages },
  });

interface Lock {
  packages: Record<string, { version?: string; dependencies?: Record<string, string> }>;
}
const committedLock = () => JSON.parse(repo.git('show', 'HEAD:package-lock.json')) as Lock;

describe('package-lock.json', () => {
  const dependencies = { native: '1.0.0' };

  function withLock(packages: object = NATIVE): void {
    repo = new Scratch({
      'package.json': manifest('1.0.0', dependencies),
      'package-lock.json': lockOf('1.0.0', dependencies, packages),
      'local/package.json': json({ name: 'local', version: '1.2.3' }),
      '.prettierignore': '*',
    });
    repo.linkTools();
    repo.install();
  }

  it('follows package.json into the commit, with the packages of all platforms', () => {
    withLock();
    repo.write({ 'package.json': manifest('1.1.0', { ...dependencies, local: 'file:local' }) });
    repo.git('add', 'package.json');
    expect(repo.commit()).toMatchObject({ code: 0 });
    const { packages } = committedLock();
    expect(packages['']).toMatchObject({ version: '1.1.0', dependencies: { local: 'file:local' } });
    expect(packages).toMatchObject({ ...NATIVE, local: { version: '1.2.3' } });
    expect(repo.git('status', '--porcelain')).toBe('');
  });

  it('is staged where it was right on the disk already, without npm', () => {
    withLock();
    repo.write({
      'package.json': manifest('1.1.0', dependencies),
      'package-lock.json': lockOf('1.1.0', dependencies, NATIVE),
    });
    repo.git('add', 'package.json');
    expect(repo.commit()).toEqual({ code: 0, output: '' });
    expect(committedLock().packages['']).toMatchObject({ version: '1.1.0' });
  });

  it('is left alone where only scripts changed', () => {
    withLock();
    const lock = repo.read('package-lock.json');
    repo.write({
      'package.json': json({ name: 'scratch', version: '1.0.0', scripts: { a: 'b' }, dependencies }),
    });
    repo.git('add', 'package.json');
    expect(repo.commit()).toEqual({ code: 0, output: '' });
    expect(repo.read('package-lock.json')).toBe(lock);
  });

  it('is as before where npm fails, and nothing is committed', () => {
    withLock();
    const lock = repo.read('package-lock.json');
    repo.write({ 'package.json': manifest('1.0.0', { ...dependencies, 'not-in-the-cache': '1.0.0' }) });
    repo.git('add', 'package.json');
    const { code, output } = repo.commit();
    expect(code).toBe(1);
    expect(output).toContain('not-in-the-cache');
    expect(repo.read('package-lock.json')).toBe(lock);
    expect(repo.git('rev-list', '--count', 'HEAD')).toBe('1');
  });

  it('is refused where it lacks the packages of another platform', () => {
    withLock({ ...NATIVE, 'node_modules/native-darwin': undefined });
    const lock = repo.read('package-lock.json');
    repo.write({ 'package.json': manifest('1.1.0', dependencies) });
    repo.git('add', 'package.json');
    const { code, output } = repo.commit();
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining('lacks packages of other platforms: native-darwin'),
    });
    expect(repo.read('package-lock.json')).toBe(lock);
  });

  it('cannot follow a package.json that is half staged', () => {
    withLock();
    repo.write({ 'package.json': manifest('1.1.0', dependencies) });
    repo.git('add', 'package.json');
    repo.write({ 'package.json': manifest('1.2.0', dependencies) });
    const { code, output } = repo.commit();
    expect(code).toBe(1);
    expect(output).toContain('not staged');
  });

  it('must be named where paths are', () => {
    withLock();
    repo.write({ 'package.json': manifest('1.1.0', dependencies) });
    const { code, output } = repo.commit('--', 'package.json');
    expect(code).toBe(1);
    expect(output).toContain('git commit -- package.json package-lock.json');
    expect(repo.commit('--', 'package.json', 'package-lock.json')).toMatchObject({ code: 0 });
    expect(repo.git('status', '--porcelain')).toBe('');
  });
});

describe('what is staged', () => {
  const good = 'export const answer: number = 42;\n';

  function withTools(): void {
    repo = new Scratch({
      'tsconfig.json': json({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2022',
          strict: true,
          types: [],
          skipLibCheck: true,
        },
        include: ['src'],
      }),
      'eslint.config.mjs':
        "export default [{ files: ['**/*.mjs'], rules: { 'no-unused-vars': 'error' } }];\n",
      '.prettierrc.json': '{ "singleQuote": true }\n',
      'src/a.ts': good,
    });
    repo.linkTools();
    repo.install();
  }

  it('is committed when it is right; the files on disk need not be', () => {
    withTools();
    repo.write({ 'src/b.ts': "import { answer } from './a.js';\nexport const twice = answer * 2;\n" });
    repo.git('add', 'src/b.ts');
    repo.write({ 'src/b.ts': 'not even TypeScript (' });
    expect(repo.commit()).toEqual({ code: 0, output: '' });
    expect(repo.read('src/b.ts')).toBe('not even TypeScript (');
  });

  it.each([
    ['a type error', { 'src/b.ts': 'export const text: string = 42;\n' }, ['tsc', 'src/b.ts', 'TS2322']],
    ['an unused variable', { 'src/b.mjs': 'const unused = 1;\n' }, ['eslint', 'no-unused-vars']],
    ['another form', { 'README.md': '*  item\n' }, ['prettier', 'README.md']],
  ])('is refused for %s, though the disk has been mended', (_, files: Record<string, string>, parts) => {
    withTools();
    repo.write(files);
    repo.git('add', '-A');
    repo.write(Object.fromEntries(Object.keys(files).map((name) => [name, ''])));
    const { code, output } = repo.commit();
    expect(code).toBe(1);
    for (const part of parts) expect(output).toContain(part);
  });

  it('is refused where it needs a file that was never added', () => {
    withTools();
    repo.write({
      'src/b.ts': "export { helper } from './helper.js';\n",
      'src/helper.ts': 'export const helper = 1;\n',
    });
    repo.git('add', 'src/b.ts');
    const refused = repo.commit();
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('./helper.js') });
    repo.git('add', 'src/helper.ts');
    expect(repo.commit()).toEqual({ code: 0, output: '' });
  });
});
