import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Scratch } from './scratch.js';

let repo: Scratch;
beforeEach(() => {
  repo = new Scratch({ 'a.txt': 'a\n' });
});
afterEach(() => repo.remove());

const install = (...args: string[]) => repo.run('./install-hooks.sh', ...args);
const hooksPath = () => repo.run('git', 'config', '--get', 'core.hooksPath').output.trim();

/** A hook of somebody's own that leaves a trace. */
function ownHook(name: string): void {
  const file = join(repo.dir, '.git/hooks', name);
  repo.write({ [`.git/hooks/${name}`]: '#!/bin/sh\ntouch "$(git rev-parse --git-dir)/own-ran"\n' });
  chmodSync(file, 0o755);
}

describe('install-hooks.sh', () => {
  it('installs, and twice is as once', () => {
    expect(install()).toMatchObject({ code: 0 });
    expect(hooksPath()).toBe('.githooks');
    const config = repo.read('.git/config');
    expect(install()).toEqual({ code: 0, output: 'The hooks are installed already.\n' });
    expect(repo.read('.git/config')).toBe(config);
  });

  it('makes git run the hook', () => {
    install();
    repo.write({ 'b.json': '{}\n' });
    repo.git('add', 'b.json');
    expect(repo.commit()).toEqual({
      code: 1,
      output: 'pre-commit: node_modules is missing, so nothing can be checked: npm ci\n',
    });
  });

  it("leaves somebody's own hook running, and says how to go on", () => {
    ownHook('commit-msg');
    const { code, output } = install();
    expect(code).toBe(1);
    expect(output).toContain('.git/hooks/commit-msg');
    expect(output).toContain('--force');
    expect(hooksPath()).toBe('');
    repo.write({ 'a.txt': 'b\n' });
    repo.git('commit', '-qam', 'own');
    expect(repo.read('.git/own-ran')).toBe('');
  });

  it('--force says which hook no longer runs and does not delete it', () => {
    ownHook('commit-msg');
    expect(install('--force').output).toContain('No longer run, but not deleted: .git/hooks/commit-msg');
    expect(hooksPath()).toBe('.githooks');
    expect(repo.read('.git/hooks/commit-msg')).toContain('own-ran');
  });

  it('does not replace a core.hooksPath that is set', () => {
    repo.git('config', 'core.hooksPath', 'elsewhere');
    expect(install()).toMatchObject({ code: 1 });
    expect(hooksPath()).toBe('elsewhere');
  });

  it('--uninstall takes back only what is ours', () => {
    repo.git('config', 'core.hooksPath', 'elsewhere');
    expect(install('--uninstall')).toMatchObject({ code: 0 });
    expect(hooksPath()).toBe('elsewhere');
    install('--force');
    expect(install('--uninstall')).toMatchObject({ code: 0 });
    expect(hooksPath()).toBe('');
  });

  it('refuses options that it does not know', () => {
    expect(install('--all')).toMatchObject({ code: 2 });
    expect(hooksPath()).toBe('');
  });
});

/** No PowerShell is at hand in most places where the tests run: its script must at least say the same. */
it('install-hooks.ps1 says what install-hooks.sh says', () => {
  const said = (file: string) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:say|Write-Line) (['"])(.+?)\1$/gm)].map(([, , text]) =>
      text!
        .replace(/\$\(.*\)|\$\w+/g, '$')
        .replaceAll('.sh', '.ps1')
        .replaceAll('--force', '-Force'),
    );
  const powershell = said('install-hooks.ps1');
  expect(powershell.length).toBeGreaterThan(6);
  expect(said('install-hooks.sh')).toEqual(expect.arrayContaining(powershell));
});
