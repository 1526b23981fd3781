import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Outcome {
  code: number | null;
  output: string;
}

/** A git repository in a temporary folder with the project's hooks in it; it knows no settings of this machine. */
export class Scratch {
  readonly dir = mkdtempSync(join(tmpdir(), 'hooks-'));

  constructor(files: Record<string, string> = {}) {
    for (const name of ['.githooks', 'install-hooks.sh'])
      cpSync(join(ROOT, name), join(this.dir, name), { recursive: true });
    this.run('git', 'init', '-q', '-b', 'main');
    this.write(files);
    this.run('git', 'add', '-A');
    this.run('git', 'commit', '-q', '-m', 'first');
  }

  /** The tools that the hook runs, without installing them again. */
  linkTools(): void {
    symlinkSync(join(ROOT, 'node_modules'), join(this.dir, 'node_modules'), 'junction');
    writeFileSync(join(this.dir, '.git/info/exclude'), 'node_modules\n');
  }

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.dir, name)), { recursive: true });
      writeFileSync(join(this.dir, name), text);
    }
  }

  read(name: string): string {
    return readFileSync(join(this.dir, name), 'utf8');
  }

  run(command: string, ...args: string[]): Outcome {
    // Not the variables of a git that runs these tests, and no registry.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(GIT_|npm_config_)/i.test(name));
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.dir,
      encoding: 'utf8',
      env: {
        ...Object.fromEntries(inherited),
        GIT_CONFIG_GLOBAL: devNull,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@example.org',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@example.org',
        npm_config_offline: 'true',
        npm_config_cache: join(this.dir, '.git/npm-cache'),
        npm_config_update_notifier: 'false',
      },
    });
    if (error !== undefined) throw error;
    return { code: status, output: `${stdout}${stderr}` };
  }

  /** Output of a git command that must succeed. */
  git(...args: string[]): string {
    const { code, output } = this.run('git', ...args);
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${output}`);
    return output.trim();
  }

  install(): void {
    this.git('config', 'core.hooksPath', '.githooks');
  }

  commit(...args: string[]): Outcome {
    return this.run('git', 'commit', '-q', '-m', 'change', ...args);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
