import { describe, expect, it } from '@jest/globals';

import { CliError, describeError, UsageError } from '../../src/client/errors.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { ConfigError } from '../../src/config.js';
import { PipelineError } from '../../src/domain/errors.js';

describe('describeError', () => {
  it.each([
    [new UsageError('a\nb'), EXIT.usage],
    [new CliError(EXIT.unreachable, 'gone'), EXIT.unreachable],
    [new ConfigError([{ setting: 'X', allowed: 'y' }]), EXIT.usage],
    [new PipelineError('UnknownApp', 'no such app'), EXIT.usage],
    [new PipelineError('SourceAuth', 'token refused'), EXIT.failed],
    [new Error('boom'), EXIT.unexpected],
    ['boom', EXIT.unexpected],
  ])('%p ends with %d', (error, code) => {
    expect(describeError(error).exitCode).toBe(code);
  });

  it('prints at most three lines, and no stack', () => {
    const error = new Error(`first\nsecond\nthird\n    at somewhere (file.ts:1:1)`);
    const { lines } = describeError(error);
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(lines.join('\n')).not.toContain(' at ');
    expect(lines.at(-1)).toContain('CONVERSATION_ANALYTICS_DEBUG');
  });

  it('lists every setting that is wrong', () => {
    const problems = ['A', 'B', 'C', 'D', 'E'].map((setting) => ({ setting, allowed: 'x' }));
    expect(describeError(new ConfigError(problems)).lines).toHaveLength(6);
  });
});
